"""How many statements the database of a gateway in this process is given."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

# Transactions, and what SQLite's full text search asks of its own tables, are none of a unit's statements.
_LEFT_OUT = re.compile("BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA|--|.*client_search_grams", re.DOTALL)


class Statements:
    """The statements since the last look."""

    def __init__(self) -> None:
        self._seen: list[str] = []

    def note(self, statement: str) -> None:
        if not _LEFT_OUT.match(statement.lstrip()):
            self._seen.append(" ".join(statement.split()))

    def taken(self) -> list[str]:
        seen, self._seen = self._seen, []
        return seen


@contextmanager
def watching(engine: str) -> Iterator[Statements]:
    """Note the statements of all connections that are opened meanwhile."""
    seen = Statements()
    with _sqlite(seen) if engine == "sqlite" else _postgresql(seen):
        yield seen


@contextmanager
def _sqlite(seen: Statements) -> Iterator[None]:
    def trace(connection: Any, _record: Any) -> None:
        connection.set_trace_callback(seen.note)

    event.listen(Engine, "connect", trace)
    try:
        yield
    finally:
        event.remove(Engine, "connect", trace)


@contextmanager
def _postgresql(seen: Statements) -> Iterator[None]:
    execute, executemany = psycopg.Cursor.execute, psycopg.Cursor.executemany

    def one(self: Any, query: Any, *arguments: Any, **named: Any) -> Any:
        seen.note(str(query))
        return execute(self, query, *arguments, **named)

    def many(self: Any, query: Any, rows: Any, **named: Any) -> Any:
        rows = list(rows)
        for _ in rows:
            seen.note(str(query))
        return executemany(self, query, rows, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", one)
        patch.setattr(psycopg.Cursor, "executemany", many)
        yield
