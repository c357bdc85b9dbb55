"""`gateway mirror` and `gateway mirror-report`: compares live traffic of the old system with this gateway."""

import asyncio
import fcntl
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import orjson
import typer

from core.text.plural import counted
from gateway.cli.errors import CommandError, say
from gateway.cli.listening import listening, url_of
from gateway.cli.listing import plain
from gateway.cli.session import refusals, settings
from gateway.enabled_dialects import dialects
from gateway.migration.mirroring import goal, keys, report
from gateway.migration.mirroring.ledger import InvalidLedger, Ledger, load, opened
from gateway.migration.mirroring.relay import Address
from gateway.migration.mirroring.repeating import same_place
from gateway.migration.mirroring.running import mirror as run_mirror
from gateway.migration.shadowing.accepted import InvalidDeclaration, parse

_STATE = Path("mirror.json")


def mirror(
    old_url: Annotated[str, typer.Argument(metavar="OLD_URL", help="The address of the old system, without /api.")],
    url: Annotated[
        str | None,
        typer.Option("--to", metavar="URL", help="The address of this gateway; GATEWAY_PUBLIC_URL unless given."),
    ] = None,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8001,
    key_file: Annotated[
        typer.FileText | None,
        typer.Option(
            "--keys", metavar="FILE", help="A file with a line `OLD NEW` for each key: the caller's and this gateway's."
        ),
    ] = None,
    own_key: Annotated[
        str | None,
        typer.Option(
            "--own-key",
            envvar="GATEWAY_SHADOW_OWN_KEY",
            metavar="KEY",
            help="This gateway's key for all other callers.",
        ),
    ] = None,
    accept: Annotated[
        typer.FileText | None,
        typer.Option(metavar="FILE", encoding="utf-8", help="A file with accepted differences, one in each line."),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="Do not compare values on this path: `data.*.updated_at`; repeatable."),
    ] = None,
    writes: Annotated[
        str | None, typer.Option(metavar="URL", help="Apply writes to the scratch register of the gateway at this URL.")
    ] = None,
    scratch: Annotated[
        bool, typer.Option("--scratch", help="The gateway of --to has a scratch register, so --writes may name it too.")
    ] = False,
    settle: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="For how many seconds after a write reads of its data may differ."),
    ] = 10,
    state: Annotated[
        Path, typer.Option(metavar="FILE", help="The file that keeps the list of differences across restarts.")
    ] = _STATE,
    admin_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Show the report at / and /json on this port of 127.0.0.1.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="GOAL", help="End with 0 after, for example, '10000 answers, 24h'.")
    ] = None,
) -> None:
    """Run in front of the old system for a while, and compare its live answers with those of this gateway.

    Every byte is passed on unchanged in both directions, and no caller waits for this gateway. Read requests below /api
    are repeated here. Writes are not, except on a scratch register if --writes names one. The list of differences, by
    route, field and a fingerprint of the caller's key, is kept in the file of --state; it contains neither keys nor
    values. On SIGTERM, requests in progress are finished and the report is printed. The exit status is 1 if --until was
    not reached.

    \b
    Example:
      gateway mirror https://old.example --to http://127.0.0.1:8000 --keys keys.txt --until '10000 answers, 24h'
    """
    with refusals(), _reporting_errors():
        chosen = settings()
        old, url = _base(old_url, "OLD_URL"), _base(url or chosen.public_url, "--to")
        writes = None if writes is None else _base(writes, "--writes")
        _check_writes(old, url, writes, scratch)
        found_keys = keys.parse(key_file.read()) if key_file is not None else {}
        accepted = accept.read() if accept is not None else ""
        parse(accepted)
        goal.parse(until) if until is not None else None
        ledger = opened(state, old, url)
        place = _resolved(old)
        with _locked(state), listening(host, port, "--port 0 takes a free one") as listener:
            here = url_of(host, listener.getsockname()[1])
            if any(each is not None and same_place(here, each) for each in (old, url, writes)):
                raise CommandError(f"The mirror itself would listen on {here}; choose another --port")
            admin = (
                listening("127.0.0.1", admin_port, "--admin-port 0 takes a free one")
                if admin_port is not None
                else None
            )
            configuration = {
                "old_url": old,
                "url": url,
                "writes": writes,
                "keys": found_keys,
                "own_key": own_key,
                "accept": accepted,
                "ignore": ignore or [],
                "settle": settle,
                "state": str(state.absolute()),
                "until": until,
                "admin": admin.fileno() if admin is not None else None,
            }
            say(f"Mirroring {old} at {here}, compared with {url}; the list of differences is kept in {state}.")
            if admin is not None:
                say(f"The report is shown at {url_of('127.0.0.1', admin.getsockname()[1])}/ and /json.")
            if ledger.counts:
                say(f"{counted(ledger.same_in_a_row, 'answer')} without a difference so far.")
            typer.echo(here)
            sys.stdout.flush()
            prefixes = [each.prefix for each in dialects(chosen)]
            is_reached = asyncio.run(run_mirror(listener, place, configuration, prefixes))
    _print(load(state) or ledger)
    raise typer.Exit(1 if until is not None and not is_reached else 0)


def mirror_report(
    state: Annotated[
        Path, typer.Argument(metavar="FILE", help="The --state file of the mirror, which may be running.")
    ] = _STATE,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Show what a mirror has compared so far. The exit status is 1 if anything differs.

    \b
    Example:
      gateway mirror-report mirror.json
    """
    with refusals(), _reporting_errors():
        ledger = load(state)
        if ledger is None:
            raise CommandError(f"There is no file {state}; a mirror writes it within its first seconds")
    if as_json:
        typer.echo(orjson.dumps(report.as_json(ledger), option=orjson.OPT_INDENT_2).decode())
    else:
        _print(ledger)
    raise typer.Exit(1 if ledger.rows else 0)


def _print(ledger: Ledger) -> None:
    for line in (*report.lines(ledger), *report.table(ledger)):
        typer.echo(plain(line))


@contextmanager
def _reporting_errors() -> Iterator[None]:
    """Raise errors in files and options as `CommandError`."""
    try:
        yield
    except (InvalidDeclaration, InvalidLedger, keys.InvalidKeys, goal.InvalidGoal, UnicodeDecodeError) as error:
        raise CommandError(str(error)) from error


def _base(url: str, name: str) -> str:
    """Return a system's URL without a final slash. Raises `CommandError`."""
    try:
        parts = urlsplit(url.strip())
        is_base = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
        port = parts.port
    except ValueError:
        is_base = False
    if not is_base or parts.username is not None:
        raise CommandError(f"{name} must be a URL such as https://old.example, without a path, user name and password")
    if parts.path.rstrip("/"):
        raise CommandError(f"{name} has the path {parts.path}: leave it out, because paths are passed on unchanged")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def _check_writes(old: str, url: str, writes: str | None, scratch: bool) -> None:
    """Raise `CommandError` if writes would reach a register that is in use."""
    if same_place(old, url):
        raise CommandError(f"{url} is the old system itself; --to must name the gateway to compare it with")
    if writes is not None and same_place(old, writes):
        raise CommandError(f"{writes} is the old system itself; --writes must name a gateway with a scratch register")
    if writes is not None and same_place(url, writes) and not scratch:
        raise CommandError(
            f"{writes} is the gateway that reads are compared with. If its register is a disposable copy, "
            "add --scratch; otherwise serve a copy elsewhere for --writes"
        )


def _resolved(old: str) -> Address:
    """Return the address to connect to. Raises `OSError` for an unknown name."""
    parts = urlsplit(old)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CommandError(f"the host {host} is unknown") from error
    return Address(host, port, ssl.create_default_context() if parts.scheme == "https" else None)


@contextmanager
def _locked(state: Path) -> Iterator[None]:
    """Keep a second mirror from writing the same file. Raises `CommandError`, and `OSError`."""
    with Path(f"{state}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandError(f"another mirror uses {state}; name another --state") from error
        yield
