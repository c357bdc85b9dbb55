"""The form that changes or creates a client with the fields of one dialect.

It has a part for each operation of the dialect: changed fields of a part are sent to its operation, and nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.pages.bridge.controls import Control
from gateway.pages.bridge.operations import ClientOperation
from gateway.pages.bridge.typed import Typed

_NAMING_KINDS = ("text", "email")
_NAMED_BY = 2


@dataclass(frozen=True)
class Item:
    """One item of an array, with its controls. `known` is its id in the dialect, empty for a new item."""

    name: str
    controls: Sequence[Control]
    known: Mapping[str, Any]

    def title(self, typed: Typed) -> str:
        """Return its title: the first texts in it."""
        texts, names = self.texts(typed), [each.name for each in self.controls if each.kind in _NAMING_KINDS]
        return " ".join([text for name in names if (text := texts[name])][:_NAMED_BY])

    def sent(self, typed: Typed) -> dict[str, Any]:
        """Return what a body contains of it: the changed fields, and its id."""
        touched = {each.key: each.sent(typed.text(each)) for each in self.controls if self._is_touched(each, typed)}
        return {**self.known, **touched}

    def texts(self, typed: Typed) -> dict[str, str]:
        """Return the texts of its controls, by their names."""
        return {each.name: typed.text(each) if self._is_touched(each, typed) else each.text for each in self.controls}

    def is_touched(self, typed: Typed) -> bool:
        """Return whether anything has changed."""
        return any(self._is_touched(each, typed) for each in self.controls)

    def _is_touched(self, control: Control, typed: Typed) -> bool:
        return typed.touches(control, is_new=not self.known)


@dataclass(frozen=True)
class Items:
    """An array of the dialect: the client's items, and blank ones."""

    name: str
    key: str
    about: str
    items: Sequence[Item]

    def kept(self, typed: Typed) -> list[Item]:
        """Return the items that the client will have."""
        remaining = [item for item in self.items if not typed.removes(item.name)]
        return [item for item in remaining if item.known or item.is_touched(typed)]

    def is_touched(self, typed: Typed) -> bool:
        """Return whether any item is changed, added or removed."""
        has = [item for item in self.items if item.known]
        return self.kept(typed) != has or any(item.is_touched(typed) for item in has)


@dataclass(frozen=True)
class Group:
    """Controls and arrays under a common title."""

    title: str
    controls: Sequence[Control] = ()
    arrays: Sequence[Items] = ()


@dataclass(frozen=True)
class Part:
    """The part of one operation. `required_values` are the client's values that the operation requires in each body."""

    operation: ClientOperation
    controls: Sequence[Control]
    arrays: Sequence[Items]
    required_values: Mapping[str, Any]

    def body(self, typed: Typed) -> dict[str, Any]:
        """Return the changed fields as a body of the dialect."""
        touched = {each.key: each.sent(typed.text(each)) for each in self.controls if typed.touches(each)}
        for array in self.arrays:
            if array.is_touched(typed):
                touched[array.key] = [item.sent(typed) for item in array.kept(typed)]
        return touched

    def control_names(self, typed: Typed) -> dict[str, str]:
        """Return the names of the controls by the keys that the dialect uses in errors."""
        found = {each.key: each.name for each in self.controls}
        for array in self.arrays:
            for position, item in enumerate(array.kept(typed)):
                found |= {f"{array.key}.{position}.{each.key}": each.name for each in item.controls}
        return found


@dataclass(frozen=True)
class Form:
    """All parts, and the same controls grouped by subject."""

    parts: Sequence[Part]
    groups: Sequence[Group]

    def controls(self) -> Iterator[Control]:
        """Every control."""
        yield from (each for part in self.parts for each in part.controls)
        yield from (each for item in self.items() for each in item.controls)

    def items(self) -> Iterator[Item]:
        """Every item of every array."""
        yield from (item for part in self.parts for array in part.arrays for item in array.items)

    def texts(self, typed: Typed) -> dict[str, str]:
        """Return the text of each control, by its name: the text typed into changed controls."""
        single = [control for part in self.parts for control in part.controls]
        found = {each.name: typed.text(each) if typed.touches(each) else each.text for each in single}
        for item in self.items():
            found |= item.texts(typed)
        return found
