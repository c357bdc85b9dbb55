"""Times inside statements: the clock that all processes of a register share, and times of change.

Leases, pauses and quotas are written by one process and read by another, whose machine may have a different time. So
they use the clock of the database. It can be set back like any other: a time that is further in the future than its
window allows counts as expired.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Executable, Table, bindparam, case, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from core.database.prepared import Prepared
from core.text.clock import now

# In microseconds. On PostgreSQL the time of evaluation, not of the beginning of the transaction, because a statement
# may have waited for a lock. SQLite has this machine's time in milliseconds: the end of each is taken, so that no
# result of `database_now` is later.
_SQL = {
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
    "sqlite": "(CAST(round((julianday('now') - 2440587.5) * 86400000) AS BIGINT) * 1000 + 999)",
}


class DatabaseNow(FunctionElement[int]):
    """The database's time in microseconds, evaluated inside a statement for each row.

    It is used to test whether a time is in the future: another process may have written that time after `database_now`
    was called, and it would be mistaken for one of a clock that was ahead.
    """

    name = "database_now"
    type = BigInteger()
    inherit_cache = True


class Timed(Executable, ClauseElement):
    """The text of a statement in which `{now}` is the database's time in microseconds."""

    inherit_cache = False

    def __init__(self, sql: str) -> None:
        self.sql = sql


@compiles(DatabaseNow)
def _now_sql(_element: DatabaseNow, compiler: SQLCompiler, **_options: Any) -> str:
    return _SQL[compiler.dialect.name]


@compiles(Timed)
def _timed_sql(element: Timed, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(text(element.sql.format(now=_SQL[compiler.dialect.name])), **options)


def database_now(connection: Connection) -> int:
    """Return the database's time in microseconds: one statement on PostgreSQL, none on SQLite."""
    if connection.dialect.name == "sqlite":
        return now()
    return int(connection.execute(select(DatabaseNow())).scalar_one())


_HAS_PASSED = Prepared(select(DatabaseNow() >= bindparam("timestamp", type_=BigInteger)))


def has_passed(connection: Connection, timestamp: int) -> bool:
    """Return whether the database's clock has reached a timestamp; on SQLite this takes no statement."""
    if connection.dialect.name == "sqlite":
        return now() >= timestamp
    return bool(_HAS_PASSED.presumed(connection, timestamp=timestamp)[0][0])


def next_updated_at(table: Table) -> ColumnElement[int]:
    """Return the new `updated_at` of a changed row: now, or the old one plus the least step if the clock went back."""
    at, column = now(), table.c.updated_at
    return case((column >= at, column + 1), else_=at)
