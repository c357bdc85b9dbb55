"""`gateway tail`: shows requests live."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any

import orjson
import typer
from sqlalchemy import Connection

from core.access import keys
from core.database.database import Database
from core.errors import RegisterError
from core.operations import controls
from gateway.cli import times
from gateway.cli.errors import say
from gateway.cli.listing import plain
from gateway.cli.parameters import Company, DialectName
from gateway.cli.session import company_id, register

_PAUSE_SECONDS = 0.25
_RENEWED_EVERY = 5.0  # seconds, a third of the lease


def tail(
    key: Annotated[
        str | None, typer.Option("--key", metavar="NAME|ID", help="Only requests with this key, by name or id.")
    ] = None,
    dialect: Annotated[DialectName | None, typer.Option("--dialect", help="Only requests of this API.")] = None,
    route: Annotated[
        str | None,
        typer.Option("--route", metavar="ROUTE", help="Only this route or path: '/api/clients/{id}', '/api/v1/*'."),
    ] = None,
    company: Company = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Stop after this number of requests.")] = None,
    lasting: Annotated[
        int | None,
        typer.Option("--for", parser=times.duration, metavar="DURATION", help="Stop after this time: 10m, 1h."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each request as a line of JSON.")] = False,
) -> None:
    """Print requests as they are answered, by every worker of every instance of the register, until Ctrl-C.

    Without --company it shows requests of all companies, and those without a known key. Queries, bodies, headers and
    keys are not shown. A server reports at most 2000 requests a second, and its log says how many it left out.

    \b
    Examples:
      gateway tail
      gateway tail --dialect api --route '/api/clients*'
      gateway tail --key "web shop" --json
    """
    wanted: dict[str, Any] = {"dialect": dialect and dialect.value, "route": route, **_key(key)}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    end = None if lasting is None else time.monotonic() + lasting / 1e6
    with register() as database:
        if company is not None:
            wanted["company"] = database.read_now(lambda connection: company_id(connection, company))
        if key is not None and not database.read_now(lambda connection: _is_known(connection, wanted)):
            say(f"There is currently no key {key!r}; `gateway token list` shows all keys.")
        with _opened(database, wanted) as tail_id:
            for number, line in enumerate(_lines(database, tail_id, end), 1):
                typer.echo(line if as_json else _request_in_words(orjson.loads(line)))
                if number == limit:
                    return


def _key(key: str | None) -> dict[str, Any]:
    return {"key_id": int(key)} if key is not None and key.isdecimal() else {"key": key}


def _is_known(connection: Connection, wanted: dict[str, Any]) -> bool:
    return keys.is_known(connection, wanted.get("key"), wanted.get("key_id"))


@contextmanager
def _opened(database: Database, wanted: dict[str, Any]) -> Iterator[int]:
    """Yield a tail that ends with the block; if the command is killed, it ends by itself."""
    tail_id = database.write_now(lambda connection: controls.open_tail(connection, wanted))
    say("Showing requests from the next second on; press Ctrl-C to stop.")
    try:
        yield tail_id
    finally:
        with suppress(RegisterError):
            database.write_now(lambda connection: controls.close_tail(connection, tail_id))


def _lines(database: Database, tail_id: int, end: float | None) -> Iterator[str]:
    renewed = time.monotonic()
    while end is None or time.monotonic() < end:
        found = database.read_now(lambda connection: controls.has_lines(connection, tail_id))
        if found:
            yield from database.write_now(lambda connection: controls.take_lines(connection, tail_id))
        if time.monotonic() - renewed > _RENEWED_EVERY:
            database.write_now(lambda connection: controls.renew_tail(connection, tail_id))
            renewed = time.monotonic()
        time.sleep(_PAUSE_SECONDS)


def _request_in_words(request: dict[str, Any]) -> str:
    key = f" key={plain(request['key'])!r}" if request["key"] is not None else ""
    refused = f" refused={request['refused']!r}" if request.get("refused") else ""
    words = f"{request['time']} {request['method']} {request['path']} {request['status']} {request['ms']:.1f} ms"
    return plain(f"{words}{key} id={request['request_id']}{refused}")
