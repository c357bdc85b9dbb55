"""Statements built and compiled once, for the reads that every request makes.

Building a SQLAlchemy expression and looking it up in its cache costs several times what SQLite needs to run it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.engine import Dialect


class Prepared:
    """A SELECT whose values are all `bindparam`s, compiled once for each kind of database."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, list[str] | None, dict[str, Any]]] = {}

    def all(self, connection: Connection, **values: Any) -> Sequence[Sequence[Any]]:
        """Every row for these values of the bind parameters. Columns and errors come as the driver gives them."""
        sql, positions, literals = self._for(connection.dialect)
        named = literals | values
        given = named if positions is None else tuple(named[name] for name in positions)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(sql, given)
            return cursor.fetchall()
        finally:
            cursor.close()

    def _for(self, dialect: Dialect) -> tuple[str, list[str] | None, dict[str, Any]]:
        known = self._compiled.get(dialect.name)
        if known is None:
            compiled = self._statement.compile(dialect=dialect)
            positions = list(compiled.positiontup) if compiled.positiontup is not None else None
            known = self._compiled[dialect.name] = (compiled.string, positions, dict(compiled.params))
        return known
