"""What a record *has*: a value that can be read of it and, where it can be written, what an assignment changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

from typing_extensions import TypeVar

Changes = dict[str, Any]

R = TypeVar("R", default=Any, contravariant=True)


@dataclass(frozen=True)
class Attribute(Generic[R]):
    """A named property of a kind of record. `assign` is None where the register alone decides the value.

    `of` names the stored columns or children that it is a view of, `stored` the one whose value it simply is.
    """

    read: Callable[[R], Any]
    assign: Callable[[R, Any], Changes] | None = None
    of: tuple[str, ...] = ()
    stored: str | None = None


def column(name: str) -> Attribute:
    """A stored column as it is."""
    return Attribute(lambda record: record[name], lambda _record, value: {name: value}, (name,), name)


def fixed(name: str) -> Attribute:
    """A stored value that the register alone decides."""
    return Attribute(lambda record: record[name], of=(name,), stored=name)
