"""Statements that are built and compiled once, for what every request does.

Building an SQLAlchemy expression and looking it up in the cache costs several times what SQLite needs to run it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import JSON, Boolean, Connection, Executable, String, Table, bindparam, func, insert, select
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

if TYPE_CHECKING:
    from core.database.direct import Direct, StatementKey

Arguments = Callable[[Mapping[str, Any]], Any]
Compiled = tuple[str, Arguments]
_Command = tuple[str, Any, bool]  # a statement, its arguments, and whether its plan is kept

_FEW = 4  # rows; from here on `executemany` is faster, because the driver does not wait for each row's result

# The parameter style identifies PostgreSQL's connections of threads without importing its driver.
_ON_THREAD = "pyformat"

DIRECT = "direct"
"""The key of the `Direct` in the pool's information about a connection to PostgreSQL."""


class Prepared:
    """A statement whose values are all `bindparam`s, compiled once for each kind of database.

    PostgreSQL keeps one plan for all values, unless the statement is `planned_by_value`: how many rows a filter
    matches, and which partial index has them, depends on the values.
    """

    def __init__(self, statement: Executable | ClauseElement, planned_by_value: bool = False) -> None:
        self._statement = statement
        self._reuses_plan = not planned_by_value
        self._compiled: dict[tuple[str, str], Compiled] = {}

    def all(self, connection: Connection, **values: Any) -> Sequence[Sequence[Any]]:
        """Return every row. Values, columns and errors are those of the driver, not converted."""
        with closing(self.executed(connection, values)) as cursor:
            return cursor.fetchall()  # type: ignore[no-any-return]

    def presumed(self, connection: Connection, **values: Any) -> Sequence[Sequence[Any]]:
        """Return every row; on the event loop perhaps the rows that these values found before.

        On SQLite the rows are known if nothing was committed since, so there the result must not depend on the time. On
        PostgreSQL this saves a round trip if other statements depend on the result: the statement is sent all the same,
        and if the result has changed, the unit runs again with the new one.
        """
        driver = _driver(connection)
        if not hasattr(driver, "presume"):
            return self.all(connection, **values)
        sql, arguments = self._for(connection.dialect)
        return driver.presume(sql, arguments(values))  # type: ignore[no-any-return]

    def scalar(self, connection: Connection, **values: Any) -> Any:
        """Return the first column of the first row; None without a row."""
        with closing(self.executed(connection, values)) as cursor:
            row = cursor.fetchone()
        return row[0] if row else None

    def run(self, connection: Connection, **values: Any) -> None:
        """Execute a statement whose rows are not needed. On PostgreSQL it may be deferred (`Direct.run`)."""
        if connection.dialect.paramstyle == _ON_THREAD:
            direct, command = self._direct_command(connection, values)
            if direct.run(*command):
                return
        self.executed(connection, values).close()

    def prefetch(self, direct: "Direct", values: Mapping[str, Any]) -> "StatementKey":
        """Send the statement with the connection's next round trip, for a later call of `all` or `scalar`."""
        return direct.prefetch(*self._command(values))

    def is_prefetched(self, connection: Connection, **values: Any) -> bool:
        """Return whether `prefetch` was called with these values, and the result has not been used."""
        if connection.dialect.paramstyle != _ON_THREAD:
            return False
        direct, (sql, arguments, _) = self._direct_command(connection, values)
        return direct.is_prefetched(sql, arguments)

    def run_all(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute the statement for each of these sets of values."""
        if len(rows) < _FEW or _defers(connection):
            for row in rows:
                self.run(connection, **row)
        else:
            sql, arguments = self._for(connection.dialect)
            cursor = _driver(connection).cursor()
            cursor.executemany(sql, [arguments(row) for row in rows])
            cursor.close()

    def executed(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Execute the statement and return the driver's cursor, or its equivalent, for the caller to close."""
        if connection.dialect.paramstyle == _ON_THREAD:
            direct, command = self._direct_command(connection, values)
            found = direct.execute(*command)
            if found is not None:
                return found
        sql, arguments = self._for(connection.dialect)
        return _driver(connection).execute(sql, arguments(values))

    def _direct_command(self, connection: Connection, values: Mapping[str, Any]) -> "tuple[Direct, _Command]":
        return connection.info[DIRECT], self._command(values)

    def _command(self, values: Mapping[str, Any]) -> "_Command":
        from core.database.libpq import NUMERIC  # importing the driver would take a tenth of the start on SQLite

        sql, arguments = self._for(NUMERIC)
        return sql, arguments(values), self._reuses_plan

    def _for(self, dialect: Dialect) -> Compiled:
        kind = (dialect.name, dialect.paramstyle)
        known = self._compiled.get(kind)
        if known is None:
            compiled: Any = self._statement.compile(dialect=dialect)  # type: ignore[union-attr]
            literals = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
            arguments = _arguments(compiled.positiontup, literals)
            known = self._compiled[kind] = (compiled.string, arguments)
        return known


def _defers(connection: Connection) -> bool:
    """Return whether the connection defers statements whose rows are not needed."""
    return connection.dialect.paramstyle == _ON_THREAD and connection.info[DIRECT].defers


def _driver(connection: Connection) -> Any:
    # Both drivers' connections can execute directly; the pool's wrapper around them would only add work.
    return connection.connection.driver_connection


def _arguments(positions: Sequence[str] | None, literals: Mapping[str, Any]) -> Arguments:
    """Return the function that turns named values into the driver's arguments: a tuple by position, or a dictionary."""
    if positions is None:
        return lambda values: {**literals, **values}
    if len(positions) < 2:
        return lambda values: tuple([{**literals, **values}[name] for name in positions])
    pick = itemgetter(*positions)
    return (lambda values: pick({**literals, **values})) if literals else pick


class PreparedInsert:
    """Inserts whole rows into a table with an `id`, a new one unless given; values that are not given are empty."""

    def __init__(self, table: Table) -> None:
        columns = [column for column in table.columns if column.name != "id"]
        self._blank = {column.name: blank_value(column.type) for column in columns}
        self._json = [column.name for column in columns if isinstance(column.type, JSON)]
        values = {column.name: bindparam(column.name, type_=column.type) for column in columns}
        statement = insert(table).inline()  # without a RETURNING clause for the id
        self._new = Prepared(statement.values(values))
        self._returning = Prepared(insert(table).values(values).returning(table.c.id))
        self._named = Prepared(statement.values(values | {"id": bindparam("id", type_=table.c.id.type)}))
        self.next_id = Prepared(select(func.nextval(func.pg_get_serial_sequence(table.name, "id"))))
        """The id of the next row on PostgreSQL. If it is prefetched, the insertion can be deferred."""

    def add(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Store a row."""
        row = self._row(values)
        (self._named if "id" in row else self._new).run(connection, **row)

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Insert a row and return its id."""
        row = self._row(values)
        if self.next_id.is_prefetched(connection):
            row.setdefault("id", self.next_id.scalar(connection))
        if "id" in row:
            self._named.run(connection, **row)
            return int(row["id"])
        return self._id_of(connection, row)

    def _row(self, values: Mapping[str, Any]) -> dict[str, Any]:
        row = {**self._blank, **values}
        for name in self._json:
            row[name] = orjson.dumps(row[name]).decode()
        return row

    def _id_of(self, connection: Connection, row: Mapping[str, Any]) -> int:
        """Insert a row and return its id."""
        if connection.dialect.name != "sqlite":
            return int(self._returning.executed(connection, row).fetchone()[0])
        cursor = self._new.executed(connection, row)  # SQLite knows the id, and `RETURNING` doubles the cost
        cursor.close()
        return int(cursor.lastrowid)


def array_of(values: Iterable[int | str]) -> str:
    """Return numbers, truth values or plain words as the text of a PostgreSQL array."""
    return "{" + ",".join(map(str, values)) + "}"


def blank_value(kind: Any) -> Any:
    """Return the empty value of a column's type."""
    if isinstance(kind, JSON):
        return {}
    if isinstance(kind, Boolean):
        return False
    return "" if isinstance(kind, String) else 0
