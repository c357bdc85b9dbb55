"""`gateway serve`: the HTTP server."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from urllib.parse import urlsplit

import typer
import uvicorn
from obstore.exceptions import BaseError
from sqlalchemy.exc import SQLAlchemyError

from core.database.database import Database
from core.documents.storage import DocumentStorage
from core.files import make_private_folder
from core.operations.backup import BackupFailed, check_is_sqlite
from gateway.app import open_replica
from gateway.background.mail import Mailer
from gateway.cli.errors import of_file
from gateway.cli.listening import check_can_listen
from gateway.cli.session import Refused, register, say, settings
from gateway.server.addresses import is_loopback
from gateway.server.protocol import HttpProtocol
from gateway.settings import Settings

_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}  # noqa: S104 (shown, not bound)
_GRACE_SECONDS = 20
_IDLE_SECONDS = 75  # longer than proxies keep connections, or one is closed while a request comes on it
_RATE_LIMIT = 1000
_CANNOT_START = 3  # what uvicorn ends with where it can bind no more


def serve(
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on; 0.0.0.0 is every one.")
    ] = ("127.0.0.1"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="How many processes share the work.")] = 1,
    access_log: Annotated[
        bool | None, typer.Option("--access-log/--no-access-log", help="A line on standard output for every request.")
    ] = None,
) -> None:
    """Serve both dialects over HTTP until SIGTERM or Ctrl-C.

    The database is brought to this version's schema first. When stopped, requests under way are finished, for at
    most 20 seconds. Links in answers start with GATEWAY_PUBLIC_URL, or with this address if that is not set. Where
    either can be reached by others, each key may make 1000 requests a minute; GATEWAY_RATE_LIMIT sets another number.

    \b
    Example:
      gateway serve --host 0.0.0.0 --port 8080 --workers 4
    """
    try:
        check_can_listen(host, port, "another is taken with --port 8080, another address with --host")
    except Refused as refused:
        say(f"Error: {refused}.")
        raise typer.Exit(_CANNOT_START) from refused
    url = address(host, port)
    if access_log is not None:
        os.environ["GATEWAY_ACCESS_LOG"] = str(access_log)
    os.environ["GATEWAY_PUBLIC_URL"] = os.environ.get("GATEWAY_PUBLIC_URL") or url
    with register(make=True) as database:
        chosen = settings()
        _check(chosen, database)
        if not is_loopback(host) or not is_loopback(urlsplit(chosen.public_url).hostname or ""):
            os.environ["GATEWAY_RATE_LIMIT"] = os.environ.get("GATEWAY_RATE_LIMIT") or str(_RATE_LIMIT)
        say(f"Serving /api (Authorization: Bearer KEY) and /api/v1 (X-API-TOKEN: KEY) at {url}")
    # Once all is finished uvicorn raises the signal again, which would end the process as if it had been killed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _shared_folder(workers):
        uvicorn.run(
            "gateway.app:create",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            access_log=False,  # the gateway writes its own
            log_config=None,
            server_header=False,
            timeout_keep_alive=_IDLE_SECONDS,
            proxy_headers=False,  # GATEWAY_TRUSTED_PROXIES says which to believe
            http=HttpProtocol,
            ws="none",
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )


@contextmanager
def _shared_folder(workers: int) -> Iterator[None]:
    """A folder in which several workers share what /metrics is to show, for as long as they run."""
    with ExitStack() as stack:
        if workers > 1 and not os.environ.get("GATEWAY_METRICS_FOLDER"):
            try:
                made = TemporaryDirectory(prefix="gateway-metrics-", ignore_cleanup_errors=True)
            except OSError as error:
                say(f"There is no place for a temporary folder, so /metrics shows one worker only: {error}")
            else:
                os.environ["GATEWAY_METRICS_FOLDER"] = stack.enter_context(made)
        yield


def _check(chosen: Settings, database: Database) -> None:
    # What cannot work is said here once, instead of in a traceback of every worker.
    def storage() -> object:
        return DocumentStorage(chosen.storage_url)

    def mailer() -> object:
        return chosen.smtp_url and Mailer(chosen.smtp_url, chosen.mail_from)

    def replica() -> None:
        if (opened := open_replica(chosen, database)) is not None:
            opened.close()

    def backups() -> None:
        if chosen.backup_folder:
            check_is_sqlite(chosen.database_url)
            make_private_folder(Path(chosen.backup_folder))

    wanted = {"GATEWAY_STORAGE_URL": storage, "GATEWAY_SMTP_URL": mailer, "GATEWAY_DATABASE_REPLICA_URL": replica}
    wanted["GATEWAY_BACKUP_FOLDER"] = backups
    for name, made in wanted.items():
        try:
            made()
        except (OSError, ValueError, ImportError, SQLAlchemyError, BaseError, BackupFailed) as error:
            said = of_file(error) if isinstance(error, OSError) else str(error).splitlines()[0]
            raise Refused(f"{name}: {said}") from error


def address(host: str, port: int) -> str:
    """The URL under which a server that listens there is reached from this machine."""
    host = _EVERYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
