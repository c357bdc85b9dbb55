"""Neutral questions about a list: filters, one sort, one page. Dialects parse them; only the core makes SQL of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Generic

from sqlalchemy import ColumnElement
from typing_extensions import TypeVar  # knows defaults, as the standard one will from Python 3.13 on


class State(Enum):
    """The life of a client. An archived one is listed; a deleted one is hidden until it is asked for."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    DELETED = "deleted"


LIVE = frozenset({State.ACTIVE, State.ARCHIVED})
ANY = frozenset(State)

_FEW = 100
_IN_ORDER = frozenset({"id", "created_at", "updated_at", "name", "display_name", "balance", "number"})  # by an index

Record = Mapping[str, Any]
"""A record of any kind, by the names of its values; `core.models.records` has the kinds. Not to be changed."""

R = TypeVar("R", bound=Record, default=Record, covariant=True)


def state_of(client: Record) -> State:
    """The client's state; deletion outranks archiving."""
    if client["deleted_at"]:
        return State.DELETED
    return State.ARCHIVED if client["archived_at"] else State.ACTIVE


@dataclass(frozen=True)
class Operator:
    """A condition on a column, given bind parameters, and the values to bind for what a client asked."""

    condition: Callable[..., ColumnElement[bool]]
    binds: Callable[[Any], tuple[Any, ...]] = lambda value: (value,)
    operands: int = 1


OPERATORS: Mapping[str, Operator] = {
    "eq": Operator(lambda column, value: column == value),
    "lt": Operator(lambda column, value: column < value),
    "lte": Operator(lambda column, value: column <= value),
    "gt": Operator(lambda column, value: column > value),
    "gte": Operator(lambda column, value: column >= value),
    "between": Operator(lambda column, low, high: column.between(low, high), tuple, 2),
}


WORDS = "words"
"""The operator that looks for several substrings, each of which must be found; its value is a tuple of them."""


@dataclass(frozen=True)
class Filter:
    """One condition: the name of a filterable attribute, one of `OPERATORS`, `contains`, `WORDS`, and a core value."""

    name: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Sort:
    """An order by one attribute, `then` by further ones; the id breaks ties in the direction of the last of them, so
    that every list has a total order."""

    name: str = "id"
    descending: bool = False
    then: "Sort | None" = None

    @property
    def levels(self) -> "tuple[Sort, ...]":
        """This level and all that follow it."""
        return (self, *(self.then.levels if self.then else ()))


@dataclass
class Search:
    """What a list is asked for. `page` counts from 1, `size` is in rows; `include` names what to show of others."""

    filters: list[Filter] = field(default_factory=list)
    states: frozenset[State] = LIVE
    sort: Sort = field(default_factory=Sort)
    page: int = 1
    size: int = 20
    narrowed: bool = False
    include: set[str] = field(default_factory=set)

    @property
    def bounded(self) -> bool:
        """Whether answering takes a few rows however large the register is."""
        in_order = self.sort.name in _IN_ORDER and self.sort.then is None
        near = self.sort == Sort("id", self.sort.descending) or (in_order and self.page * self.size <= _FEW)
        return not self.filters and not self.include and self.size <= _FEW and near

    def widen(self) -> None:
        """Ask for deleted records too, unless the query says in which states they are to be."""
        if not self.narrowed:
            self.states = ANY

    def narrow(self, states: frozenset[State]) -> None:
        """Ask for clients in these states; asked twice, for those that meet both."""
        self.states = self.states & states if self.narrowed else states
        self.narrowed = True


class StoredRecord(Generic[R]):
    """A record as the database gave it: the moments (microseconds) at which it and what it shows of others changed.

    `body` is what it looks like in the view that was asked for, empty if that has to be made of the record; `bodies`
    are what one that was just written looks like in the views that are kept, by their names.
    """

    bodies: Mapping[str, str] = MappingProxyType({})

    def __init__(self, timestamps: Sequence[int], record: Callable[[], R], body: str | bytes = b"") -> None:
        self.timestamps = timestamps
        self.body = body
        self._record = record

    @property
    def version(self) -> str:
        """The version of the record: it changes with anything that either dialect shows."""
        return "-".join([f"{timestamp:x}" for timestamp in self.timestamps])

    def seen_in(self, view: str) -> "StoredRecord[R]":
        """The same, with what it looks like in that view, if it was just written."""
        self.body = self.bodies.get(view, self.body)
        return self

    @cached_property
    def record(self) -> R:
        """The record, read only when asked for. Not to be changed: others may look at the same."""
        return self._record()


Known = int | StoredRecord[Any]
"""A record that a verb is about: by its id, or as this transaction has read it and holds it."""


def id_of(known: Known) -> int:
    """The id of the record."""
    return int(known.record["id"]) if isinstance(known, StoredRecord) else known


@dataclass(frozen=True)
class ResultPage(Generic[R]):
    """One page of records and the exact number of all that match."""

    records: Sequence[StoredRecord[R]]
    total: int
    page: int
    size: int

    @property
    def last_page(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // self.size))
