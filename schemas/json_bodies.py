"""Parses JSON with limited nesting. Integers keep all their digits.

orjson converts integers beyond 64 bits to floats, which would change a telephone number of 20 digits. Such integers are
read as text, as if they had been sent in quotes.
"""

import json
from typing import Any

import orjson

from schemas.errors import MalformedBody

MAX_DEPTH = 32
"""How deeply objects and arrays may be nested."""

_BITS_64 = range(-(2**63), 2**64)
_MAX_EXACT = 2.0**63  # orjson reads no smaller integer as a float


def read_json(raw: bytes, max_depth: int) -> Any:
    """Return the value of a JSON text. Raises `MalformedBody`."""
    try:
        tree = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if "infinity" in str(error):
            raise MalformedBody("The body contains a number that is too large.") from error
        raise MalformedBody("The body is not valid JSON.") from error
    if _depth_exceeds(tree, max_depth):
        raise MalformedBody("The body is nested too deeply.")
    return json.loads(raw, parse_int=_whole) if _has_large_float(tree) else tree


def _depth_exceeds(value: Any, left: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    children = value.values() if isinstance(value, dict) else value
    return left == 0 or any(_depth_exceeds(child, left - 1) for child in children)


def _has_large_float(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_large_float, value.values() if isinstance(value, dict) else value))
    return isinstance(value, float) and abs(value) >= _MAX_EXACT


def _whole(digits: str) -> int | str:
    return digits if len(digits) > 20 or int(digits) not in _BITS_64 else int(digits)
