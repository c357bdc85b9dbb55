"""Contacts told apart from their clients, kept in a temporary file until their client comes by."""

import sqlite3
from collections.abc import Iterable
from typing import Any

import orjson


class Spool:
    """Contacts by client, on disk: a large company's do not fit into memory. Gone when it is closed."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.execute("CREATE TABLE contacts (id INTEGER PRIMARY KEY, client_id INTEGER, shown BLOB)")
        self._file.execute("CREATE INDEX by_client ON contacts (client_id, id)")

    def add(self, contacts: Iterable[tuple[int, int, Any]]) -> None:
        """Keep contacts as shown, each with its id and its client's."""
        rows = [(contact_id, client_id, orjson.dumps(shown)) for contact_id, client_id, shown in contacts]
        self._file.execute("BEGIN")
        self._file.executemany("INSERT OR REPLACE INTO contacts VALUES (?, ?, ?)", rows)
        self._file.execute("COMMIT")

    def of_client(self, client_id: int) -> list[Any]:
        """A client's contacts as shown, in the order of their ids."""
        rows = self._file.execute("SELECT shown FROM contacts WHERE client_id = ? ORDER BY id", (client_id,))
        return [orjson.loads(row[0]) for row in rows]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
