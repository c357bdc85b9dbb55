"""Queries of lists: filters, one sort, one page. Dialects parse them; only the core makes SQL of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Generic

from sqlalchemy import ColumnElement
from typing_extensions import TypeVar  # supports defaults, as the standard one does from Python 3.13 on


class State(Enum):
    """The state of a client. Archived clients are listed; deleted clients are hidden unless a query asks for them."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    DELETED = "deleted"


LIVE = frozenset({State.ACTIVE, State.ARCHIVED})
ANY = frozenset(State)

_MAX_BOUNDED_ROWS = 100
# Attributes whose order an index has.
_INDEXED = frozenset({"id", "created_at", "updated_at", "name", "display_name", "balance", "number"})

Record = Mapping[str, Any]
"""A record of any kind, by the names of its values; `core.models.records` has the kinds. It must not be changed."""

R = TypeVar("R", bound=Record, default=Record, covariant=True)


def state_of(client: Record) -> State:
    """Return the client's state; deletion outranks archiving."""
    if client["deleted_at"]:
        return State.DELETED
    return State.ARCHIVED if client["archived_at"] else State.ACTIVE


@dataclass(frozen=True)
class Operator:
    """A condition on a column with bind parameters, and the function that makes their values."""

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
"""The operator for several substrings that must all be found; its value is a tuple of them."""


@dataclass(frozen=True)
class Filter:
    """One condition: a filterable attribute, an operator (of `OPERATORS`, `contains` or `WORDS`), and a core value."""

    name: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Sort:
    """An order by one attribute, `then` by further ones.

    The id breaks ties in the direction of the last attribute, so that every list has a total order.
    """

    name: str = "id"
    descending: bool = False
    then: "Sort | None" = None

    @property
    def levels(self) -> "tuple[Sort, ...]":
        """This level and all that follow it."""
        return (self, *(self.then.levels if self.then else ()))


@dataclass
class Search:
    """A query of a list.

    `page` counts from 1, `size` is in rows. `include` names related records to show. `narrowed` says that a parameter
    has restricted the `states`.
    """

    filters: list[Filter] = field(default_factory=list)
    states: frozenset[State] = LIVE
    sort: Sort = field(default_factory=Sort)
    page: int = 1
    size: int = 20
    narrowed: bool = False
    include: set[str] = field(default_factory=set)

    @property
    def bounded(self) -> bool:
        """Whether answering reads a few rows, however large the register is."""
        is_indexed = self.sort.name in _INDEXED and self.sort.then is None
        is_near = self.sort == Sort("id", self.sort.descending) or (
            is_indexed and self.page * self.size <= _MAX_BOUNDED_ROWS
        )
        return not self.filters and not self.include and self.size <= _MAX_BOUNDED_ROWS and is_near

    def widen(self) -> None:
        """Include deleted records, unless the query restricts the states."""
        if not self.narrowed:
            self.states = ANY

    def narrow(self, states: frozenset[State]) -> None:
        """Restrict the search to clients in these states. A second call restricts it to the states of both calls."""
        self.states = self.states & states if self.narrowed else states
        self.narrowed = True


class StoredRecord(Generic[R]):
    """A record as read from the database.

    `timestamps` (microseconds) are the times at which the record, and whatever else it shows, last changed. `body` is
    its rendering in the requested view, empty if it has to be rendered; `bodies` are the renderings of a record that
    was just written, by view.
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

    def with_body_of(self, view: str) -> "StoredRecord[R]":
        """Set `body` to the rendering in that view, if the record was just written, and return the record."""
        self.body = self.bodies.get(view, self.body)
        return self

    @cached_property
    def record(self) -> R:
        """The record, parsed only when needed. It must not be changed, because others may use the same one."""
        return self._record()


RecordOrId = int | StoredRecord[Any]
"""A record as an argument of an operation: its id, or the record that this transaction has read and locked."""


def id_of(record: RecordOrId) -> int:
    """Return the id of the record."""
    return int(record.record["id"]) if isinstance(record, StoredRecord) else record


@dataclass(frozen=True)
class ResultPage(Generic[R]):
    """One page of records, and the exact number of all matching records."""

    records: Sequence[StoredRecord[R]]
    total: int
    page: int
    size: int

    @property
    def last_page(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // self.size))
