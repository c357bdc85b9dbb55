"""Moments inside statements: the clock that all processes of a register share, and times of change.

Leases, pauses and accounts are written by one process and judged by another, whose machine may tell another time. So
they go by the clock of the database. It can be set back like any other: a moment that lies further in the future than
its window allows counts as expired.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Executable, Table, bindparam, case, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from core.database.prepared import Prepared
from core.text.clock import now

# In microseconds. The clock of PostgreSQL is that of the moment of evaluation, not of the transaction's beginning, for
# a statement may have waited for a lock. SQLite has that of this machine in milliseconds, here the end of each, so that
# nothing that `database_now` gave lies later.
_SQL = {
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
    "sqlite": "(CAST(round((julianday('now') - 2440587.5) * 86400000) AS BIGINT) * 1000 + 999)",
}


class DatabaseNow(FunctionElement[int]):
    """The database's time in microseconds, inside a statement, as each row is looked at.

    Whether a moment lies in the future is asked with this one: another process may have written it after `database_now`
    was asked, and it would be taken for one of a clock that was ahead.
    """

    name = "database_now"
    type = BigInteger()
    inherit_cache = True


class Timed(Executable, ClauseElement):
    """A statement's text in which `{now}` is the database's time in microseconds."""

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
    """The database's time in microseconds: one statement on PostgreSQL, none on SQLite."""
    if connection.dialect.name == "sqlite":
        return now()
    return int(connection.execute(select(DatabaseNow())).scalar_one())


_HAS_COME = Prepared(select(DatabaseNow() >= bindparam("moment", type_=BigInteger)))


def has_come(connection: Connection, moment: int) -> bool:
    """Whether it is that moment (microseconds) or later by the database's clock: no statement on SQLite."""
    if connection.dialect.name == "sqlite":
        return now() >= moment
    return bool(_HAS_COME.presumed(connection, moment=moment)[0][0])


def moved_on(table: Table) -> ColumnElement[int]:
    """What `updated_at` becomes when a row changes: now, or the least later than it was where the clock went back."""
    at, column = now(), table.c.updated_at
    return case((column >= at, column + 1), else_=at)
