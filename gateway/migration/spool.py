"""Stores contacts and notes, which a source lists separately, in a temporary file until their client is imported."""

import sqlite3
from collections.abc import Iterable
from typing import Any

import orjson


class Spool:
    """Children of clients, on disk because those of a large company do not fit into memory.

    Deleted when it is closed.
    """

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, client_id INTEGER, shown BLOB)")
        self._file.execute("CREATE INDEX by_client ON kept (client_id, id)")

    def add(self, items: Iterable[tuple[int, int, Any]]) -> None:
        """Store items as shown, each with its id and its client's."""
        rows = [(item_id, client_id, orjson.dumps(shown)) for item_id, client_id, shown in items]
        self._file.execute("BEGIN")
        self._file.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows)
        self._file.execute("COMMIT")

    def of_client(self, client_id: int) -> list[Any]:
        """Return a client's items as shown, in the order of their ids."""
        rows = self._file.execute("SELECT shown FROM kept WHERE client_id = ? ORDER BY id", (client_id,))
        return [orjson.loads(row[0]) for row in rows]

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
