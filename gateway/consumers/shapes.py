"""Compares JSON with an example: keys and kinds of values, not the values."""

from collections.abc import Iterator
from typing import Any


def missing(example: Any, actual: Any, path: str = "$") -> Iterator[str]:
    """Return what the example has and the actual value lacks, as sentences: a key, or a value of that kind.

    Further keys are no difference. A null, in either of them, may stand for any value. Each item of a list must be like
    one of the example's items; an empty list is like any other.
    """
    if example is None or actual is None:
        return
    if _kind(example) != _kind(actual):
        yield f"{path}: expected {_kind(example)}, got {_kind(actual)}"
    elif isinstance(example, dict):
        for key, value in example.items():
            if key not in actual:
                yield f"{path}.{key}: missing"
            else:
                yield from missing(value, actual[key], f"{path}.{key}")
    elif isinstance(example, list) and example:
        for position, item in enumerate(actual):
            found = [list(missing(each, item, f"{path}[{position}]")) for each in example]
            yield from min(found, key=len)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "object" if isinstance(value, dict) else "array"
