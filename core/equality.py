"""Whether two values of the register are the same, for every rule that must not take a write of what is there for one.

Python takes 1, 1.0 and true for equal, in trees too, where JSON tells them apart and both dialects show which it is.
"""

from typing import Any

import orjson


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are equal; JSON trees only if every value in them is also of the same JSON type."""
    return bool(one == other) and (not isinstance(one, dict | list) or _as_json(one) == _as_json(other))


def _as_json(tree: Any) -> bytes:
    return orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)
