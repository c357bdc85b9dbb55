"""The sent keys that a table does not understand, so that they can be reported to the sender.

A key that the API itself shows and that cannot be set does not count, because client programs read a record, change it
and send all of it back. A key that is shown but set under another name counts, because its value is lost.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from schemas.fields import FieldMap
from schemas.lists import as_items
from schemas.rows import Constant, Field, Many, Row

KeyPath = tuple[str, ...]
"""The steps to a key: `("contacts", "0", "foo")`."""


@dataclass(frozen=True)
class _Known:
    """The keys that are understood or tolerated as a whole, nested arrays, and the tolerated keys of objects.

    `others` are the other keys of a field, each with its field.
    """

    whole: frozenset[str]
    arrays: Mapping[str, FieldMap]
    objects: Mapping[str, frozenset[str]]
    others: Mapping[str, Field]


def unused_keys(
    fields: FieldMap | None, verb: str, sent: Mapping[str, Any], also: Collection[str] = ()
) -> list[KeyPath]:
    """Return the keys of a body that the table does not understand for this verb, in order.

    The keys in `also` count as understood.
    """
    known = _known_keys(fields, verb) if fields else _NOTHING
    if sent.keys() <= known.whole:
        return []
    used = {*also, *(key for key, row in known.others.items() if row.key_in(sent) == key)}
    return [path for key, value in sent.items() if key not in used for path in _unused(known, verb, key, value)]


def bracketed(path: KeyPath) -> str:
    """Return the path as PHP writes it in forms: `contacts[0][foo]`."""
    return path[0] + "".join(f"[{step}]" for step in path[1:])


def _unused(known: _Known, verb: str, key: str, value: Any) -> Iterator[KeyPath]:
    if key in known.whole:
        return
    if key in known.arrays:
        yield from _unused_in_items(known.arrays[key], verb, key, as_items(value))
    elif key in known.objects and isinstance(value, Mapping):
        yield from ((key, inner) for inner in value if inner not in known.objects[key])
    else:
        yield (key,)


def _unused_in_items(fields: FieldMap, verb: str, key: str, items: Any) -> Iterator[KeyPath]:
    for position, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield from ((key, str(position), *path) for path in unused_keys(fields, verb, item))


@lru_cache(maxsize=256)  # more than the tables and verbs of all dialects
def _known_keys(fields: FieldMap, verb: str) -> _Known:
    whole = {related.key for related in fields.related}
    arrays: dict[str, FieldMap] = {}
    objects: dict[str, set[str]] = {}
    others: dict[str, Field] = {}
    for row in fields.rows:
        head, _, inner = (row.key or "").partition(".")
        if isinstance(row, Many) and verb in row.on:
            arrays[row.input_key] = row.of
        elif inner:
            objects.setdefault(head, set()).update({inner} if _is_tolerated(row) else ())
        elif head and _is_tolerated(row):
            whole.add(head)
        if isinstance(row, Field) and verb in row.on:
            whole.add(row.input_key)
            others |= dict.fromkeys(row.also, row)
    return _Known(frozenset(whole), arrays, {head: frozenset(inner) for head, inner in objects.items()}, others)


def _is_tolerated(row: Row) -> bool:
    """Return whether the row's key is shown and cannot be set, or only on create."""
    if isinstance(row, Constant) or not row.on:
        return True
    return isinstance(row, Field) and bool(row.required) and row.input_key == row.key


_NOTHING = _Known(frozenset(), {}, {}, {})
