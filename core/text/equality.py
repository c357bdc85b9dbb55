"""Equality of stored values: a write of equal values is not a change.

Python considers 1, 1.0 and true equal, also in trees. JSON distinguishes them, and both dialects show the difference.
"""

from collections.abc import Mapping
from typing import Any

import orjson


def is_same(one: Any, other: Any) -> bool:
    """Return whether two values of a column are equal: a tree by `is_same_json`, a flag as true or 1."""
    return is_same_json(one, other) if isinstance(one, dict | list) else bool(one == other)


def differing(known: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of these values that differ from the known ones."""
    return {name: value for name, value in values.items() if not is_same(known[name], value)}


def is_same_json(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal and of the same types throughout; the order of keys does not matter."""
    return bool(one == other) and _encoded(one) == _encoded(other)


def _encoded(tree: Any) -> bytes:
    return orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)
