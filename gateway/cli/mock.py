"""`gateway mock`: serves a dialect on a temporary register, for the tests of integrations."""

import os
import signal
import socket
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
import uvicorn

from core.text.clock import now
from gateway.cli.errors import CommandError, say
from gateway.cli.listening import listening, url_of
from gateway.cli.parameters import DialectName, parsed_by
from gateway.cli.session import refusals
from gateway.mock.application import MockApplication
from gateway.mock.register import EMPTY_KEY, KEY, OTHER_KEY, PASSWORD, parent_folder, unpack
from gateway.mock.sources import START, Sources, deterministic
from gateway.server.protocol import HttpProtocol
from gateway.telemetry.instrumentation import configure_logs
from schemas.types import IsoTime

_GREETING = """A temporary register; POST /_reset restores its initial state.
/api takes a key as Authorization: Bearer, /api/v1 as X-API-TOKEN.
Keys: {key}, {other} and {empty}; the password for purge and merge is {password}."""


def mock(
    dialect: Annotated[DialectName | None, typer.Argument(help="The dialect: api or v1; both if left out.")] = None,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8000,
    begins: Annotated[
        int,
        typer.Option(
            "--time",
            parser=parsed_by(IsoTime(), "time"),
            metavar="TIME",
            help="The time at which its clock begins; not in the future.",
        ),
    ] = "2026-01-01",  # type: ignore[assignment]  # the parser reads defaults too
) -> None:
    """Serve a dialect on a temporary register with known clients, for the tests of integrations.

    It is the real gateway. Ids, numbers, keys and times are the same in every run: the clock begins with 2026 and
    advances by a second with every request that may change something. POST /_reset restores the initial state, and
    stopping it leaves nothing behind. The URL is printed alone on standard output once it listens.

    \b
    Example:
      gateway mock v1 --port 8080
      curl -X POST http://127.0.0.1:8080/_reset
    """
    with refusals():
        if not START <= begins <= now():
            raise CommandError("--time must be between 2026-01-01 and now.")
        opened = listening(host, port, "--port 0 takes a free one")
    url = url_of(host, opened.getsockname()[1])
    for name in [name for name in os.environ if name.startswith("GATEWAY_")]:
        del os.environ[name]  # the settings of an installation must not apply to this register
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with (
        TemporaryDirectory(prefix="gateway-mock-", dir=parent_folder()) as name,
        deterministic(Sources(begins)) as sources,
    ):
        unpack(Path(name))
        application = MockApplication(Path(name), sources, dialect.value if dialect else None, url)
        _serve(application, opened, url)


def _serve(application: MockApplication, opened: socket.socket, url: str) -> None:
    settings = application.settings
    configure_logs(settings)
    config = uvicorn.Config(
        application,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        http=HttpProtocol,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    say(_GREETING.format(key=KEY, other=OTHER_KEY, empty=EMPTY_KEY, password=PASSWORD))
    typer.echo(url)
    sys.stdout.flush()
    uvicorn.Server(config).run([opened])
