"""Cursors for lists that are sorted by a time, latest first."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, tuple_


@dataclass(frozen=True)
class PageCursor:
    """The last row of a page, by its time (microseconds) and id."""

    at: int
    id: int


def rows_after(cursor: PageCursor | None, at: Column[Any], row_id: Column[Any]) -> list[ColumnElement[bool]]:
    """Return the conditions that a row comes after the cursor; none for the first page."""
    if cursor is None:
        return []
    # The first condition is redundant, but lets SQLite find the first row in an index.
    return [at <= cursor.at, tuple_(at, row_id) < tuple_(cursor.at, cursor.id)]
