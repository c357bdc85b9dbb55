"""The names of parameters and keys that each API key sent to each operation, without values.

Servers store them in batches, each name once a day, so `last_at` is exact to the day. Only names that the operation
understands are stored, which bounds their number.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, select, text

from core.access.usage import day_of
from core.database.prepared import Prepared
from core.database.rows import rows
from core.models import companies, tokens, users
from core.models import usage_names as names
from core.models.operating_records import UsageNameRecord

CALL = "call"
"""The kind of the row without a name whose `first_at` says since when an operation's names are recorded."""

_ADD = Prepared(
    text(
        "INSERT INTO usage_names"
        " (company_id, token_id, dialect, method, route, kind, name, first_at, last_at)"
        " SELECT :company_id, :token_id, :dialect, :method, :route, :kind, :name, :at, :at"
        " WHERE EXISTS (SELECT 1 FROM tokens WHERE id = :token_id AND company_id = :company_id)"
        " ON CONFLICT (company_id, token_id, dialect, method, route, kind, name) DO UPDATE SET"
        " last_at = CASE WHEN excluded.last_at > usage_names.last_at THEN excluded.last_at"
        " ELSE usage_names.last_at END"
    )
)


class UsedName(NamedTuple):
    """A name that a key sent to an operation (`method` on `route`).

    `kind` is `query`, `include`, `sort`, `body` or `call`; `at` is the time in microseconds since the epoch.
    """

    company_id: int
    token_id: int
    dialect: str
    method: str
    route: str
    kind: str
    name: str
    at: int


def add(connection: Connection, used: Sequence[UsedName]) -> None:
    """Add these names to the stored ones.

    Rows are always written in the same order, so that processes wait for each other instead of deadlocking.
    """
    _ADD.run_all(connection, [each._asdict() for each in sorted(used)])


def list_all(connection: Connection, company_id: int | None = None, since: int = 0) -> list[UsageNameRecord]:
    """Return every name that a company's keys, or all keys, sent since the day of a timestamp, with the key."""
    statement = (
        select(
            *(companies.c.name.label("company"), names.c.token_id, tokens.c.name.label("key"), users.c.email),
            *(tokens.c.revoked_at, names.c.dialect, names.c.method, names.c.route, names.c.kind, names.c.name),
            *(names.c.first_at, names.c.last_at),
        )
        .join(companies, companies.c.id == names.c.company_id)
        .join(tokens, tokens.c.id == names.c.token_id)
        .join(users, users.c.id == tokens.c.user_id)
        .where(names.c.last_at >= day_of(since))
        .order_by(names.c.company_id, names.c.token_id, names.c.route, names.c.method, names.c.kind, names.c.name)
    )
    if company_id is not None:
        statement = statement.where(names.c.company_id == company_id)
    return rows(UsageNameRecord, connection, statement)


def delete_before(connection: Connection, timestamp: int) -> None:
    """Delete names that were last sent before the day of a timestamp."""
    connection.execute(delete(names).where(names.c.last_at < day_of(timestamp)))
