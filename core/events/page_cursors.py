"""Cursors for lists that are sorted by a time, latest first."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, tuple_


@dataclass(frozen=True)
class PageCursor:
    """The last row of a page, by its time (microseconds) and id."""

    at: int
    id: int


def rows_after(place: PageCursor | None, moment: Column[Any], identity: Column[Any]) -> list[ColumnElement[bool]]:
    """Return the conditions that a row comes after the cursor; none for the first page."""
    if place is None:
        return []
    # The first condition is redundant, but lets SQLite find the first row in an index.
    return [moment <= place.at, tuple_(moment, identity) < tuple_(place.at, place.id)]
