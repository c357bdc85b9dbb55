"""Long lists of values, cut for statements that name each of them."""

from collections.abc import Iterator, Sequence
from typing import Any

_LENGTH = 5000


def in_portions(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The values, so many at a time as a statement may have parameters."""
    return (values[first : first + _LENGTH] for first in range(0, len(values), _LENGTH))
