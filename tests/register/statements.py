"""The statements that a gateway in this process sends to its database."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, make_url

from tests.postgresql_statements import watched

# Transaction control, and the statements of SQLite's full text search on its own tables, do not count.
_LEFT_OUT = re.compile("BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA|--|.*client_search_grams", re.DOTALL)


class Statements:
    """Records the statements since the last call of `taken`."""

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

    Gateways of other tests in this process may work in the background at the same time.
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


def _postgresql(seen: Statements, name: str) -> AbstractContextManager[None]:
    return watched(lambda database, query: seen.note(str(query)) if database == name else None)
