"""Neutral questions about a list: filters, one sort, one page. Dialects parse them; only the core makes SQL of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement


class State(Enum):
    """The life of a client. An archived one is listed; a deleted one is hidden until it is asked for."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    DELETED = "deleted"


LIVE = frozenset({State.ACTIVE, State.ARCHIVED})
ANY = frozenset(State)

Record = dict[str, Any]
Condition = Callable[[ColumnElement[Any], Any], ColumnElement[bool]]

OPERATORS: Mapping[str, Condition] = {
    "eq": lambda column, value: column == value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "between": lambda column, value: column.between(*value),
    "contains": lambda column, value: column.icontains(value, autoescape=True),
}


@dataclass(frozen=True)
class Filter:
    """One condition: the name of a filterable attribute, one of `OPERATORS`, and a core value."""

    name: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Sort:
    """An order by one attribute; the id breaks ties in the same direction, so that every list has a total order."""

    name: str = "id"
    descending: bool = False


@dataclass
class Search:
    """What a list is asked for. `page` counts from 1, `size` is in rows."""

    filters: list[Filter] = field(default_factory=list)
    states: frozenset[State] = LIVE
    sort: Sort = field(default_factory=Sort)
    page: int = 1
    size: int = 20


@dataclass(frozen=True)
class Found:
    """One page of records and the exact number of all that match."""

    records: Sequence[Record]
    total: int
    page: int
    size: int

    @property
    def last_page(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // self.size))
