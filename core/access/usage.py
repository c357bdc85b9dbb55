"""Usage: how often each key called each route of each dialect on each day, and when first and last.

Every server process adds up its own calls and stores them in batches, so any number of processes can do so at once.
Days are in UTC; each is stored as the timestamp at which it begins.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, case, cast, delete, func, select, text

from core.database.prepared import Prepared
from core.database.rows import rows
from core.models import tokens, users
from core.models import usage_days as days
from core.models.operating_records import UsageRecord
from core.text.clock import SECOND

DAY = 24 * 60 * 60 * SECOND

# Nothing is stored for a key that no longer exists. CASE, because the engines have different functions for the smaller
# and the greater of two values.
_ADD = Prepared(
    text(
        "INSERT INTO usage_days"
        " (company_id, day, token_id, dialect, method, route, calls, errors, first_at, last_at)"
        " SELECT :company_id, :day, :token_id, :dialect, :method, :route, :calls, :errors, :first_at, :last_at"
        " WHERE EXISTS (SELECT 1 FROM tokens WHERE id = :token_id AND company_id = :company_id)"
        " ON CONFLICT (company_id, day, token_id, dialect, method, route) DO UPDATE SET"
        " calls = usage_days.calls + excluded.calls,"
        " errors = usage_days.errors + excluded.errors,"
        " first_at = CASE WHEN excluded.first_at < usage_days.first_at THEN excluded.first_at"
        " ELSE usage_days.first_at END,"
        " last_at = CASE WHEN excluded.last_at > usage_days.last_at THEN excluded.last_at"
        " ELSE usage_days.last_at END"
    )
)


class Tally(NamedTuple):
    """The calls of one key to one route on one day. `errors` are those that were answered 4xx or 5xx."""

    company_id: int
    day: int
    token_id: int
    dialect: str
    method: str
    route: str
    calls: int
    errors: int
    first_at: int
    last_at: int


def day_of(at: int) -> int:
    """Return the day of a timestamp: the timestamp at which that day begins."""
    return at - at % DAY


def add(connection: Connection, tallies: Sequence[Tally]) -> None:
    """Add these calls to the stored usage.

    Rows are always written in the same order, so that processes wait for each other instead of deadlocking.
    """
    _ADD.run_all(connection, [tally._asdict() for tally in sorted(tallies)])


def list_all(connection: Connection, company_id: int, since: int = 0, dialect: str | None = None) -> list[UsageRecord]:
    """Return what every key has called since the day of a timestamp, the latest call first.

    `calls` and `errors` are counted since that day; `first_at` and `last_at` go back as far as usage is kept.
    """
    recent = days.c.day >= day_of(since)
    statement = (
        select(
            *(days.c.token_id, tokens.c.name.label("key"), users.c.email, tokens.c.revoked_at),
            *(days.c.dialect, days.c.method, days.c.route),
            _sum(case((recent, days.c.calls), else_=0)).label("calls"),
            _sum(case((recent, days.c.errors), else_=0)).label("errors"),
            func.min(days.c.first_at).label("first_at"),
            func.max(days.c.last_at).label("last_at"),
        )
        .join(tokens, tokens.c.id == days.c.token_id)
        .join(users, users.c.id == tokens.c.user_id)
        .where(days.c.company_id == company_id)
        .group_by(days.c.token_id, tokens.c.name, users.c.email, tokens.c.revoked_at)
        .group_by(days.c.dialect, days.c.method, days.c.route)
        .having(func.max(days.c.day) >= day_of(since))
        .order_by(func.max(days.c.last_at).desc(), days.c.token_id, days.c.dialect, days.c.route, days.c.method)
    )
    if dialect is not None:
        statement = statement.where(days.c.dialect == dialect)
    return rows(UsageRecord, connection, statement)


def by_day(connection: Connection, company_id: int, since: int = 0) -> list[UsageRecord]:
    """Return the calls and errors of every dialect on every day since a timestamp, in order.

    Days without calls are left out.
    """
    statement = (
        select(days.c.day, days.c.dialect, _sum(days.c.calls).label("calls"), _sum(days.c.errors).label("errors"))
        .where(days.c.company_id == company_id, days.c.day >= day_of(since))
        .group_by(days.c.day, days.c.dialect)
        .order_by(days.c.day, days.c.dialect)
    )
    return rows(UsageRecord, connection, statement)


def delete_before(connection: Connection, timestamp: int) -> None:
    """Delete the days before the day of a timestamp."""
    connection.execute(delete(days).where(days.c.day < day_of(timestamp)))


def _sum(of: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.sum(of), BigInteger)  # PostgreSQL would return a decimal number
