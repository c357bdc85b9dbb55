"""Time as the register stores it: integer microseconds since the Unix epoch, UTC."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECOND = 1_000_000

_nanoseconds: Callable[[], int] = time.time_ns


def now() -> int:
    """The current time in microseconds since the epoch."""
    return _nanoseconds() // 1_000


@contextmanager
def read_from(nanoseconds: Callable[[], int]) -> Iterator[None]:
    """Have `now` read another clock, in nanoseconds since the epoch, until the block ends."""
    global _nanoseconds
    before, _nanoseconds = _nanoseconds, nanoseconds
    try:
        yield
    finally:
        _nanoseconds = before


def later_than(previous: int) -> int:
    """The current time, or the least later than `previous` where the clock has not come so far (microseconds)."""
    return max(now(), previous + 1)


def seconds_up(microseconds: int) -> int:
    """A wait as whole seconds, as a `Retry-After` tells it: rounded up, at least one."""
    return max(1, -(-microseconds // SECOND))
