"""Long lists of values, cut for statements that name each of them."""

from collections.abc import Iterator, Sequence
from typing import Any

_LENGTH = 5000


def chunked(values: Sequence[Any], length: int = _LENGTH) -> Iterator[Sequence[Any]]:
    """The values, so many at a time as a statement may have parameters, or `length`."""
    return (values[first : first + length] for first in range(0, len(values), length))
