"""How many statements the database of a gateway in this process is given."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event, make_url

from core.database.pipeline import Pipeline
from core.database.round_trips import RoundTrips

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
def watching(database_url: str) -> Iterator[Statements]:
    """Note the statements of all connections to one database that are opened meanwhile.

    Gateways of other tests run in this process too, and work in the background.
    """
    seen, url = Statements(), make_url(database_url)
    name = str(url.database)
    with _sqlite(seen, name) if url.get_backend_name() == "sqlite" else _postgresql(seen, name):
        yield seen


@contextmanager
def _sqlite(seen: Statements, name: str) -> Iterator[None]:
    def trace(connection: Any, _record: Any) -> None:
        _, _, file = connection.execute("PRAGMA database_list").fetchone()
        if Path(file).samefile(name):
            connection.set_trace_callback(seen.note)

    event.listen(Engine, "connect", trace)
    try:
        yield
    finally:
        event.remove(Engine, "connect", trace)


@contextmanager
def _postgresql(seen: Statements, name: str) -> Iterator[None]:
    execute, executemany = psycopg.Cursor.execute, psycopg.Cursor.executemany

    def note(cursor: Any, query: Any) -> None:
        if cursor.connection.info.dbname == name:
            seen.note(str(query))

    def one(self: Any, query: Any, *arguments: Any, **named: Any) -> Any:
        note(self, query)
        return execute(self, query, *arguments, **named)

    def many(self: Any, query: Any, rows: Any, **named: Any) -> Any:
        rows = list(rows)
        for _ in rows:
            note(self, query)
        return executemany(self, query, rows, **named)

    send, make = Pipeline.send, RoundTrips.make

    def together(self: Any, statements: Any) -> None:
        if self.database == name:
            for statement in statements:
                seen.note(statement.sql)
        make(self, statements)

    def batch(self: Any, questions: Any) -> None:
        for question in questions:
            if self.database == name:
                seen.note(question.sql)
        send(self, questions)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", one)
        patch.setattr(psycopg.Cursor, "executemany", many)
        patch.setattr(RoundTrips, "make", together)
        patch.setattr(Pipeline, "send", batch)
        yield
