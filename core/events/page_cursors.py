"""Where a page of what has ended begins: lists that are sorted by a moment, the last first."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, tuple_


@dataclass(frozen=True)
class PageCursor:
    """Behind the row of this moment (microseconds) and id."""

    at: int
    id: int


def rows_after(place: PageCursor | None, moment: Column[Any], identity: Column[Any]) -> list[ColumnElement[bool]]:
    """The conditions that a row comes after a place; none for the beginning."""
    if place is None:
        return []
    # The first says nothing new; by it SQLite finds the beginning in an index.
    return [moment <= place.at, tuple_(moment, identity) < tuple_(place.at, place.id)]
