"""Whether two values of the register are the same: a write of equal values is no change.

Python takes 1, 1.0 and true for equal, in trees too, where JSON distinguishes them and both dialects show which it is.
"""

from collections.abc import Mapping
from typing import Any

import orjson


def is_same(one: Any, other: Any) -> bool:
    """Whether two values of a column are the same; a tree as `is_same_json` says, a flag as true or as 1."""
    return is_same_json(one, other) if isinstance(one, dict | list) else bool(one == other)


def differing(known: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of these values that differ from the known ones."""
    return {name: value for name, value in values.items() if not is_same(known[name], value)}


def is_same_json(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal, of the same types throughout; the order of keys does not count."""
    return bool(one == other) and _encoded(one) == _encoded(other)


def _encoded(tree: Any) -> bytes:
    return orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)
