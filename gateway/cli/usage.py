"""`gateway usage`: which keys call what."""

import re
from typing import Annotated

import typer

from core.access import usage as calls
from core.text.clock import now
from gateway.cli.listing import Column, show, time
from gateway.cli.parameters import AsJson, Company, parsed_by
from gateway.cli.session import in_company, read
from schemas.types import IsoTime

BY_KEY = (
    Column("key_id", lambda row: row["token_id"]),
    Column("key"),
    Column("email"),
    time("revoked_at"),
    Column("dialect"),
    Column("method"),
    Column("route"),
    Column("calls"),
    Column("errors"),
    time("first_at"),
    time("last_at"),
)
BY_DAY = (
    Column("day", lambda row: IsoTime().format(row["day"])[:10]),
    Column("dialect"),
    Column("calls"),
    Column("errors"),
)


def timestamp(text: str) -> int:
    """Parse a date, or a number of days back such as `30d`, into microseconds since the epoch."""
    if found := re.fullmatch(r"(\d{1,5})d", text.strip()):
        return max(0, now() - int(found[1]) * calls.DAY)
    return int(parsed_by(IsoTime(), "since")(text))


def usage(
    dialect: Annotated[
        str | None, typer.Option("--dialect", metavar="api|v1", help="Only calls of this dialect.")
    ] = None,
    since: Annotated[
        int | None,
        typer.Option("--since", parser=timestamp, metavar="DATE|DAYS", help="Only calls since: 2026-01-31, 30d."),
    ] = None,
    by_day: Annotated[bool, typer.Option("--by-day", help="The calls of each dialect on each day instead.")] = False,
    company: Company = None,
    as_json: AsJson = False,
) -> None:
    """Show which key calls which route of which dialect, and whose it is: how often, first and last.

    Servers store their counts every few seconds. Days are in UTC; GATEWAY_USAGE_DAYS says how many are kept. Requests
    without a known key are not counted.

    \b
    Examples:
      gateway usage --dialect api --since 30d
      gateway usage --by-day --json
    """
    if by_day:
        rows = read(in_company(company, calls.by_day, since or 0))
        show([row for row in rows if dialect in (None, row["dialect"])], BY_DAY, as_json)
    else:
        show(read(in_company(company, calls.list_all, since or 0, dialect)), BY_KEY, as_json)
