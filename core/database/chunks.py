"""Long lists of values, cut into chunks for statements that name each value."""

from collections.abc import Iterator, Sequence
from typing import Any

_LENGTH = 5000


def chunked(values: Sequence[Any], length: int = _LENGTH) -> Iterator[Sequence[Any]]:
    """Yield the values in chunks of at most `length`, by default as many as a statement may have parameters."""
    return (values[first : first + length] for first in range(0, len(values), length))
