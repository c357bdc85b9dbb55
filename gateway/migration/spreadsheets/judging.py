"""Checks a whole file before its first row is stored: its content, and rows that would be the same client."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.migration.sheet import AMOUNTS
from gateway.migration.spreadsheets.amounts import Evidence
from gateway.migration.spreadsheets.headers import Columns
from gateway.migration.spreadsheets.keys import Key, every_key
from gateway.migration.spreadsheets.layout import Row


class FirstRows:
    """The first row of each key; on disk, because those of a large file do not fit into memory."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.execute(
            "CREATE TABLE keys (name TEXT, value TEXT, row INT, PRIMARY KEY (name, value)) WITHOUT ROWID"
        )

    def note(self, keys: Iterable[tuple[str, str, int]]) -> None:
        """Note keys with their rows, in the order of the rows."""
        self._file.execute("BEGIN")
        self._file.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?, ?)", keys)
        self._file.execute("COMMIT")

    def of(self, key: Key) -> int:
        """Return the first row with a key; 0 if there is none."""
        found = self._file.execute("SELECT row FROM keys WHERE name = ? AND value = ?", key).fetchone()
        return int(found[0]) if found else 0

    def close(self) -> None:
        """Delete the file."""
        self._file.close()


@dataclass
class Judgement:
    """The content of a file. `left_out` counts the non-empty cells of each unrecognised column, by its index."""

    clients: int = 0
    blank: int = 0
    left_out: Counter[int] = field(default_factory=Counter)
    amounts: Evidence = field(default_factory=Evidence)


def judge(rows: Iterable[Row], columns: Columns, first: FirstRows) -> None:
    """Note the first row of each key."""
    first.note(
        (name, value, row.number)
        for row in rows
        if not row.is_blank
        for name, value in every_key(named_cells(row, columns)).items()
    )


def judged_rows(rows: Iterable[Row], columns: Columns, judgement: Judgement) -> Iterator[Row]:
    """Yield the same rows, adding them to a judgement."""
    amounts = [index for index, name in enumerate(columns.names) if name in AMOUNTS]
    for row in rows:
        if row.is_blank:
            judgement.blank += 1
        else:
            judgement.clients += 1
            judgement.left_out.update(index for index in columns.unknown if _has(row, index))
            for index in (each for each in amounts if _has(row, each)):
                judgement.amounts.add(row.cells[index], row.number)
        yield row


def named_cells(row: Row, columns: Columns) -> dict[str, str]:
    """Return the cells of a row by the names of their columns, without those that a short row lacks."""
    return {name: cell for name, cell in zip(columns.names, row.cells, strict=False) if name}


def _has(row: Row, index: int) -> bool:
    return index < len(row.cells) and bool(row.cells[index].strip())
