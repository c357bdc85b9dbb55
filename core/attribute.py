"""Attributes of records: values that can be read and, where possible, assigned."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

from typing_extensions import TypeVar

Changes = dict[str, Any]

R = TypeVar("R", default=Any, contravariant=True)


@dataclass(frozen=True)
class Attribute(Generic[R]):
    """A named property of a kind of record.

    `read` returns the value from a record; `assign` returns the column changes of an assignment, and is None if only
    the register sets the value. `of` names the stored columns or children from which the value is computed. `stored` is
    the column if the value is that of one column.
    """

    read: Callable[[R], Any]
    assign: Callable[[R, Any], Changes] | None = None
    of: tuple[str, ...] = ()
    stored: str | None = None


def column(name: str) -> Attribute:
    """Return the attribute of a stored column."""
    return Attribute(lambda record: record[name], lambda _record, value: {name: value}, (name,), name)


def fixed(name: str) -> Attribute:
    """Return the attribute of a stored value that only the register sets."""
    return Attribute(lambda record: record[name], of=(name,), stored=name)
