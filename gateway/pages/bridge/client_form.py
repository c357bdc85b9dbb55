"""The form in which a client is changed or made in one dialect's words.

It has a part for each operation of the dialect: what is touched in a part is sent to its operation, and nothing else.
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
    """One item of an array, with its controls. `known` is its id as the dialect sends it, empty for a new one."""

    name: str
    controls: Sequence[Control]
    known: Mapping[str, Any]

    def title(self, typed: Typed) -> str:
        """Return what it is called by: the first texts in it."""
        texts, names = self.texts(typed), [each.name for each in self.controls if each.kind in _NAMING_KINDS]
        return " ".join([text for name in names if (text := texts[name])][:_NAMED_BY])

    def sent(self, typed: Typed) -> dict[str, Any]:
        """Return what a body has of it: what is touched, and which one it is."""
        touched = {each.key: each.sent(typed.text(each)) for each in self.controls if self._is_touched(each, typed)}
        return {**self.known, **touched}

    def texts(self, typed: Typed) -> dict[str, str]:
        """Return what its controls hold, by their names."""
        return {each.name: typed.text(each) if self._is_touched(each, typed) else each.text for each in self.controls}

    def is_touched(self, typed: Typed) -> bool:
        """Return whether anything is to become another."""
        return any(self._is_touched(each, typed) for each in self.controls)

    def _is_touched(self, control: Control, typed: Typed) -> bool:
        return typed.touches(control, is_new=not self.known)


@dataclass(frozen=True)
class Items:
    """An array of the dialect: the items that the client has, and blank ones."""

    name: str
    key: str
    about: str
    items: Sequence[Item]

    def kept(self, typed: Typed) -> list[Item]:
        """Return what the client is to have."""
        remaining = [item for item in self.items if not typed.removes(item.name)]
        return [item for item in remaining if item.known or item.is_touched(typed)]

    def is_touched(self, typed: Typed) -> bool:
        """Return whether any of them is to change, come or go."""
        has = [item for item in self.items if item.known]
        return self.kept(typed) != has or any(item.is_touched(typed) for item in has)


@dataclass(frozen=True)
class Group:
    """What stands together under a title."""

    title: str
    controls: Sequence[Control] = ()
    arrays: Sequence[Items] = ()


@dataclass(frozen=True)
class Part:
    """What one operation takes. `insisted` is what it never goes without, as the client has it."""

    operation: ClientOperation
    controls: Sequence[Control]
    arrays: Sequence[Items]
    insisted: Mapping[str, Any]

    def body(self, typed: Typed) -> dict[str, Any]:
        """Return what is touched, in the dialect's words."""
        touched = {each.key: each.sent(typed.text(each)) for each in self.controls if typed.touches(each)}
        for array in self.arrays:
            if array.is_touched(typed):
                touched[array.key] = [item.sent(typed) for item in array.kept(typed)]
        return touched

    def places(self, typed: Typed) -> dict[str, str]:
        """Return the names of the controls by the keys under which the dialect complains of them."""
        found = {each.key: each.name for each in self.controls}
        for array in self.arrays:
            for position, item in enumerate(array.kept(typed)):
                found |= {f"{array.key}.{position}.{each.key}": each.name for each in item.controls}
        return found


@dataclass(frozen=True)
class Form:
    """All parts, and the same by what they are about."""

    parts: Sequence[Part]
    groups: Sequence[Group]

    def controls(self) -> Iterator[Control]:
        """Yield every control."""
        yield from (each for part in self.parts for each in part.controls)
        yield from (each for item in self.items() for each in item.controls)

    def items(self) -> Iterator[Item]:
        """Yield every item of every array."""
        yield from (item for part in self.parts for array in part.arrays for item in array.items)

    def texts(self, typed: Typed) -> dict[str, str]:
        """Return what each control holds, by its name: what was typed into those that were touched."""
        single = [control for part in self.parts for control in part.controls]
        found = {each.name: typed.text(each) if typed.touches(each) else each.text for each in single}
        for item in self.items():
            found |= item.texts(typed)
        return found
