"""`gateway serve`: the HTTP server."""

import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from urllib.parse import urlsplit

import typer
from obstore.exceptions import BaseError
from sqlalchemy.exc import SQLAlchemyError

from core.database.database import Database
from core.documents.storage import DocumentStorage
from core.files import make_private_folder
from core.operations.backup import BackupFailed, check_is_sqlite
from gateway.app import open_replica
from gateway.background.mail import Mailer
from gateway.cli.errors import CommandError, of_file, say
from gateway.cli.listening import bound, check_can_listen, inherited, url_of
from gateway.cli.session import refusals, register, settings
from gateway.server.addresses import is_loopback
from gateway.server.graceful import CANNOT_START, GracefulServer, configuration
from gateway.server.launching import Launch, program
from gateway.server.supervisor import Supervisor
from gateway.server.takeover import DidNotStart
from gateway.settings import Settings
from gateway.telemetry.instrumentation import configure_logs

_RATE_LIMIT = 1000
_ADVICE = "choose another one with --port, or another address with --host"
_OWN_VARIABLES = ("GATEWAY_ACCESS_LOG", "GATEWAY_PUBLIC_URL", "GATEWAY_RATE_LIMIT")


def serve(
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on; 0.0.0.0 for all addresses.")
    ] = ("127.0.0.1"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="The number of worker processes.")] = 1,
    access_log: Annotated[
        bool | None,
        typer.Option("--access-log/--no-access-log", help="Log every request as a line on standard output."),
    ] = None,
    is_preparation: Annotated[bool, typer.Option("--prepare-workers", hidden=True)] = False,
) -> None:
    """Serve both dialects over HTTP until SIGTERM or Ctrl-C.

    The database is upgraded to this version's schema first. When the server is stopped, requests in progress are
    finished, for at most 20 seconds. After SIGHUP the program that is installed at that time takes over, and no request
    is refused; if it does not start, the log says why, and the present one continues. Links in answers start with
    GATEWAY_PUBLIC_URL, or with this address if that is not set. If either can be reached from other machines, each key
    may make 1000 requests a minute; GATEWAY_RATE_LIMIT sets another number.

    \b
    Example:
      gateway serve --host 0.0.0.0 --port 8080 --workers 4
    """
    try:
        given = inherited()
        if not given and not is_preparation:
            check_can_listen(host, port, _ADVICE)
    except CommandError as refused:
        say(f"Error: {refused}.")
        raise typer.Exit(CANNOT_START) from refused
    url = url_of(*(given[0].getsockname()[:2] if given else (host, port)))
    launch = _prepared(host, url, access_log)
    if is_preparation:
        typer.echo(launch.as_text())
        return
    say(f"Serving /api (Authorization: Bearer KEY) and /api/v1 (X-API-TOKEN: KEY) at {url}")
    preparation = [*program(), "serve", "--host", host, "--port", str(port), "--prepare-workers"]
    with refusals():
        listeners = given or bound(host, port, _ADVICE)
    supervisor = Supervisor(listeners, preparation, workers)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, supervisor.on_stop)
    signal.signal(signal.SIGHUP, supervisor.on_hangup)
    sys.exit(_serve_alone(supervisor, listeners) if workers == 1 else _serve_with(supervisor, launch))


def _serve_alone(supervisor: Supervisor, listeners: Sequence[socket.socket]) -> int:
    """Serve in this process until workers of a new program take over, and return the exit status."""

    def poll() -> None:
        supervisor.poll()
        server.should_exit |= supervisor.is_stopped  # by a signal that came before the server had its own handlers

    server = GracefulServer(configuration(), poll=poll)
    supervisor.hand_over_own = server.hand_over
    server.run([each.dup() for each in listeners])  # the server closes these; workers inherit the originals
    if not server.started:
        return CANNOT_START
    return supervisor.run()


def _serve_with(supervisor: Supervisor, launch: Launch) -> int:
    """Serve in several processes, and return the exit status."""
    configure_logs(settings())
    with _shared_folder():
        try:
            supervisor.start(launch)
        except DidNotStart as error:
            say(f"Error: the gateway does not start: {error}.")
            return CANNOT_START
        return supervisor.run()


def _prepared(host: str, url: str, access_log: bool | None) -> Launch:
    """Return how to start workers, once everything they need has been checked."""
    if access_log is not None:
        os.environ["GATEWAY_ACCESS_LOG"] = str(access_log)
    with register(make=True) as database:
        os.environ["GATEWAY_PUBLIC_URL"] = os.environ.get("GATEWAY_PUBLIC_URL") or url
        chosen = settings()
        _check(chosen, database)
    if not is_loopback(host) or not is_loopback(urlsplit(chosen.public_url).hostname or ""):
        os.environ["GATEWAY_RATE_LIMIT"] = os.environ.get("GATEWAY_RATE_LIMIT") or str(_RATE_LIMIT)
    return Launch.of_this_program({name: os.environ[name] for name in _OWN_VARIABLES if name in os.environ})


@contextmanager
def _shared_folder() -> Iterator[None]:
    """Yield a folder in which the workers share their figures for /metrics."""
    with ExitStack() as stack:
        if not os.environ.get("GATEWAY_METRICS_FOLDER"):
            try:
                made = TemporaryDirectory(prefix="gateway-metrics-", ignore_cleanup_errors=True)
            except OSError as error:
                say(f"No temporary folder can be created, so /metrics shows only one worker: {error}")
            else:
                os.environ["GATEWAY_METRICS_FOLDER"] = stack.enter_context(made)
        yield


def _check(chosen: Settings, database: Database) -> None:
    # Checked here, so that invalid settings are reported once instead of in a traceback of every worker.
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
            reason = of_file(error) if isinstance(error, OSError) else str(error).splitlines()[0]
            raise CommandError(f"{name}: {reason}") from error
