"""Compiles a table's rows into one function that renders records as a dialect shows them.

Every client that is written is rendered for both dialects, so the work for each key is determined once, beforehand:
most keys show a stored value unchanged and are picked in one call.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from core.query import Record

Render = Callable[[Record], dict[str, Any]]


@dataclass(frozen=True)
class Part:
    """How the value of a key is made; a dot in the key makes a nested object.

    With `stored`, it is the value of that column, converted by `make` if there is one. Without `stored`, `make`
    computes it from the record.
    """

    key: str
    stored: str | None = None
    make: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Fixed:
    """A key with the same value for every record."""

    key: str
    value: Any


Shown = Part | Fixed


def renderer(parts: Iterable[Shown]) -> Render:
    """Return a function that renders an object of these keys, in their order."""
    flat = _grouped(parts)
    keys = [part.key for part in flat]
    pick = _picker([part.stored or "id" if isinstance(part, Part) else "id" for part in flat])
    same = {part.key: part.value for part in flat if isinstance(part, Fixed)}
    made = [(part.key, part.stored, part.make) for part in flat if isinstance(part, Part) and part.make is not None]
    converted = [(key, make) for key, stored, make in made if stored]
    computed = [(key, make) for key, stored, make in made if not stored]

    def render(record: Record) -> dict[str, Any]:
        shown = dict(zip(keys, pick(record), strict=True))
        shown.update(same)
        for key, convert in converted:
            shown[key] = convert(shown[key])
        for key, compute in computed:
            shown[key] = compute(record)
        return shown

    return render


def _picker(columns: Sequence[str]) -> Callable[[Record], tuple[Any, ...]]:
    if len(columns) > 1:
        return itemgetter(*columns)
    return lambda record: tuple(record[column] for column in columns)


def _grouped(parts: Iterable[Shown]) -> list[Shown]:
    """Return the parts with keys with a dot grouped into one key for each nested object."""
    groups: dict[str, list[Shown]] = {}
    for part in parts:
        groups.setdefault(part.key.partition(".")[0], []).append(part)
    return [
        inner[0] if inner[0].key == head else Part(head, make=renderer(map(_inside, inner)))
        for head, inner in groups.items()
    ]


def _inside(part: Shown) -> Shown:
    return replace(part, key=part.key.partition(".")[2])
