"""`gateway mcp`: the operations of both dialects as tools for AI assistants."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from gateway.cli.errors import CommandError, say
from gateway.cli.extras import check_is_installed
from gateway.cli.listening import listening, url_of
from gateway.cli.parameters import DialectName
from gateway.cli.session import refusals, settings
from gateway.cli.version import installed

if TYPE_CHECKING:
    from gateway.mcp.upstream import Upstream

_LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]


def mcp(
    url: Annotated[
        str | None, typer.Argument(metavar="[URL]", help="The URL of the gateway; GATEWAY_PUBLIC_URL unless given.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", envvar="GATEWAY_MCP_KEY", metavar="KEY", help="The key to call with; not with --http."),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Also offer operations that create, change and remove.")
    ] = False,
    dialect: Annotated[DialectName | None, typer.Option("--dialect", help="Only this dialect: api or v1.")] = None,
    password: Annotated[
        str | None,
        typer.Option(
            "--password",
            envvar="GATEWAY_MCP_PASSWORD",
            metavar="PASSWORD",
            help="The password of the key's team user, for purge and merge.",
        ),
    ] = None,
    http: Annotated[bool, typer.Option("--http", help="Serve HTTP instead of standard input and output.")] = False,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8765,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host", metavar="NAME", help="A host name by which callers reach it over HTTP; repeatable."
        ),
    ] = None,
) -> None:
    """Offer the operations of both dialects to AI assistants, by the Model Context Protocol.

    It calls a running gateway, so that keys, scopes and limits apply and calls are logged there. Without --write only
    operations that read are offered. Over standard input and output it uses one key. Over HTTP every request has its
    own key as Authorization: Bearer KEY, and by default it listens on this machine only; its URL is printed alone on
    standard output once it listens.

    \b
    Examples:
      GATEWAY_MCP_KEY=KEY gateway mcp http://127.0.0.1:8000
      gateway mcp https://crm.example --http --port 8765 --write
    """
    with refusals():
        check_is_installed("mcp", "`gateway mcp`")
        if not http and not key:
            raise CommandError("Set --key or GATEWAY_MCP_KEY; `gateway token create --scope read` creates a key")
        if http and (key or password):
            raise CommandError("Over HTTP every request has its own key: leave out --key and --password")
        upstream = _upstream(url or settings().public_url, dialect, write, password)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(0))
        with suppress(KeyboardInterrupt):
            asyncio.run(_over_streams(upstream, key) if key else _over_http(upstream, host, port, allow_host or []))


def _upstream(url: str, dialect: DialectName | None, write: bool, password: str | None) -> "Upstream":
    from gateway.mcp.upstream import Upstream

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise CommandError(f"{url!r} is not the URL of a gateway, such as http://127.0.0.1:8000")
    return Upstream(url, [dialect.value] if dialect else [each.value for each in DialectName], write, password)


async def _over_streams(upstream: "Upstream", key: str) -> None:
    from gateway.mcp.server import serve_streams, server_of
    from gateway.mcp.upstream import Refusal

    with _reporting_unreachable():
        await upstream.load()
        opened = await upstream.dialects_of(key)
    if isinstance(opened, Refusal):
        raise CommandError(f"The gateway refuses the key: {opened.reason}")
    await serve_streams(server_of(upstream, installed(), key))


async def _over_http(upstream: "Upstream", host: str, port: int, names: list[str]) -> None:
    from gateway.mcp.server import PATH, serve_http, server_of

    with _reporting_unreachable():
        await upstream.load()
    opened = listening(host, port, "--port 0 takes a free one")
    hosts = [*_LOOPBACK, *names, *([] if host in ("", "0.0.0.0", "::") else [host])]  # noqa: S104 (compared, not bound)
    say("Every request needs the header Authorization: Bearer KEY.")
    typer.echo(url_of(host, opened.getsockname()[1]) + PATH)
    sys.stdout.flush()
    await serve_http(server_of(upstream, installed()), upstream, opened, hosts)


@contextmanager
def _reporting_unreachable() -> Iterator[None]:
    from gateway.mcp.upstream import Unreachable

    try:
        yield
    except Unreachable as error:
        raise CommandError(str(error)) from error
