"""Statements built and compiled once, for what every request does.

Building a SQLAlchemy expression and looking it up in its cache costs several times what SQLite needs to run it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import JSON, Boolean, Connection, Executable, String, Table, bindparam, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

Arguments = Callable[[Mapping[str, Any]], Any]
Compiled = tuple[str, Arguments]

_FEW = 4  # of more, the driver sends the next before it knows what became of the last

# By how values are written, PostgreSQL's connections of threads are known without the import of its driver.
_ON_THREAD = "pyformat"

DIRECT = "direct"
"""Where what the pool knows of a connection to PostgreSQL has a `Direct`."""


class Prepared:
    """A statement whose values are all `bindparam`s, compiled once for each kind of database.

    PostgreSQL keeps one plan for all values, unless it is `planned_by_value`: how many rows a filter finds, and which
    partial index has them, depends on what is looked for.
    """

    def __init__(self, statement: Executable | ClauseElement, planned_by_value: bool = False) -> None:
        self._statement = statement
        self._is_kept = not planned_by_value
        self._compiled: dict[tuple[str, str], Compiled] = {}

    def all(self, connection: Connection, **values: Any) -> Sequence[Sequence[Any]]:
        """Every row for these values. Values go, and columns and errors come, as the driver takes and gives them."""
        with closing(self.executed(connection, values)) as cursor:
            return cursor.fetchall()  # type: ignore[no-any-return]

    def presumed(self, connection: Connection, **values: Any) -> Sequence[Sequence[Any]]:
        """The same; on the event loop perhaps what these values found before.

        On SQLite that is taken if nothing was committed since, so there it may not depend on the time. On PostgreSQL it
        spares a round trip where other statements follow from it: it is asked for meanwhile all the same, and if it has
        changed, the unit runs again.
        """
        driver = _driver(connection)
        if not hasattr(driver, "presume"):
            return self.all(connection, **values)
        sql, arguments = self._for(connection.dialect)
        return driver.presume(sql, arguments(values))  # type: ignore[no-any-return]

    def scalar(self, connection: Connection, **values: Any) -> Any:
        """The first column of the first row; None without a row."""
        with closing(self.executed(connection, values)) as cursor:
            row = cursor.fetchone()
        return row[0] if row else None

    def run(self, connection: Connection, **values: Any) -> None:
        """Execute a statement that returns no rows."""
        self.executed(connection, values).close()

    def run_all(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for each of these values."""
        if len(rows) < _FEW:
            for row in rows:
                self.run(connection, **row)
        else:
            sql, arguments = self._for(connection.dialect)
            cursor = _driver(connection).cursor()
            cursor.executemany(sql, [arguments(row) for row in rows])
            cursor.close()

    def executed(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The driver's own cursor after the execution, or what stands for it, for the caller to close."""
        if connection.dialect.paramstyle == _ON_THREAD:
            found = self._directly(connection, values)
            if found is not None:
                return found
        sql, arguments = self._for(connection.dialect)
        return _driver(connection).execute(sql, arguments(values))

    def _directly(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        from core.database.libpq import NUMERIC, Direct  # the driver's import would be a tenth of the start on SQLite

        direct: Direct = connection.info[DIRECT]
        sql, arguments = self._for(NUMERIC)
        return direct.execute(sql, arguments(values), self._is_kept)

    def _for(self, dialect: Dialect) -> Compiled:
        kind = (dialect.name, dialect.paramstyle)
        known = self._compiled.get(kind)
        if known is None:
            compiled: Any = self._statement.compile(dialect=dialect)  # type: ignore[union-attr]
            literals = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
            arguments = _arguments(compiled.positiontup, literals)
            known = self._compiled[kind] = (compiled.string, arguments)
        return known


def _driver(connection: Connection) -> Any:
    # Both drivers' connections execute by themselves; the pool's wrapper around them would only stand in between.
    return connection.connection.driver_connection


def _arguments(positions: Sequence[str] | None, literals: Mapping[str, Any]) -> Arguments:
    """From values by name to what the driver takes: a tuple in the order of the places, or a dictionary."""
    if positions is None:
        return lambda values: {**literals, **values}
    if len(positions) < 2:
        return lambda values: tuple([{**literals, **values}[name] for name in positions])
    pick = itemgetter(*positions)
    return (lambda values: pick({**literals, **values})) if literals else pick


class PreparedInsert:
    """Inserts whole rows into a table with an `id`, a new one unless given; what else is not given is empty."""

    def __init__(self, table: Table) -> None:
        columns = [column for column in table.columns if column.name != "id"]
        self._blank = {column.name: blank_value(column.type) for column in columns}
        self._json = [column.name for column in columns if isinstance(column.type, JSON)]
        values = {column.name: bindparam(column.name, type_=column.type) for column in columns}
        self._new = _Insertion(table, values)
        self._named = _Insertion(table, values | {"id": bindparam("id", type_=table.c.id.type)})

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Store a row and return its id."""
        row = {**self._blank, **values}
        for name in self._json:
            row[name] = orjson.dumps(row[name]).decode()
        return (self._named if "id" in row else self._new).id_of(connection, row)


class _Insertion:
    """An insertion of these columns, on either kind of database."""

    def __init__(self, table: Table, values: Mapping[str, Any]) -> None:
        statement = insert(table).values(values)
        self._plain, self._returning = Prepared(statement), Prepared(statement.returning(table.c.id))

    def id_of(self, connection: Connection, row: Mapping[str, Any]) -> int:
        """The id of the row, which is stored now."""
        if connection.dialect.name != "sqlite":
            return int(self._returning.executed(connection, row).fetchone()[0])
        cursor = self._plain.executed(connection, row)  # SQLite knows the id, and `RETURNING` doubles the cost
        cursor.close()
        return int(cursor.lastrowid)


def array_of(values: Iterable[int | str]) -> str:
    """Numbers, truth values or plain words as an array of PostgreSQL is written."""
    return "{" + ",".join(map(str, values)) + "}"


def blank_value(kind: Any) -> Any:
    """The empty value of a column's type."""
    if isinstance(kind, JSON):
        return {}
    if isinstance(kind, Boolean):
        return False
    return "" if isinstance(kind, String) else 0
