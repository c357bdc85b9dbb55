"""Every statement that this process sends to PostgreSQL, by any of the four ways in which the driver sends one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from core.database.direct import Direct
from core.database.pipeline import Pipeline

OnStatement = Callable[[str, Any], None]
"""Called with the name of the database, and the statement: a text, or an object of `psycopg.sql`."""


@contextmanager
def watched(on_statement: OnStatement) -> Iterator[None]:
    """Report every statement until the block ends; one that is executed for many rows, once per row."""
    execute, executemany = psycopg.Cursor.execute, psycopg.Cursor.executemany
    queued, send = Direct._queued, Pipeline.send

    def one(self: Any, query: Any, *arguments: Any, **named: Any) -> Any:
        on_statement(self.connection.info.dbname, query)
        return execute(self, query, *arguments, **named)

    def many(self: Any, query: Any, rows: Any, **named: Any) -> Any:
        rows = list(rows)
        for _ in rows:
            on_statement(self.connection.info.dbname, query)
        return executemany(self, query, rows, **named)

    def queue(self: Any, sql: str, *arguments: Any) -> Any:
        statement = queued(self, sql, *arguments)
        if statement is not None:  # else a cursor executes it, which is reported above
            on_statement(self.round_trips.database, sql)
        return statement

    def batch(self: Any, questions: Any) -> None:
        for question in questions:
            on_statement(self.database, question.sql)
        send(self, questions)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", one)
        patch.setattr(psycopg.Cursor, "executemany", many)
        patch.setattr(Direct, "_queued", queue)
        patch.setattr(Pipeline, "send", batch)
        yield
