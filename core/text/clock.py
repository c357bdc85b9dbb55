"""Time as the register stores it: integer microseconds since the Unix epoch, UTC."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

SECOND = 1_000_000
_UNITS = {"m": 60, "h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}
_DURATION = re.compile(r"(\d{1,5})([mhdw])")

_nanoseconds: Callable[[], int] = time.time_ns


def now() -> int:
    """Return the current time in microseconds since the epoch."""
    return _nanoseconds() // 1_000


@contextmanager
def replaced_by(nanoseconds: Callable[[], int]) -> Iterator[None]:
    """Make `now` use another clock, in nanoseconds since the epoch, until the block ends."""
    global _nanoseconds
    before, _nanoseconds = _nanoseconds, nanoseconds
    try:
        yield
    finally:
        _nanoseconds = before


def later_than(previous: int) -> int:
    """Return the current time, or the microsecond after `previous` if the clock is not beyond it (microseconds)."""
    return max(now(), previous + 1)


def seconds_up(microseconds: int) -> int:
    """Return a duration as whole seconds for `Retry-After`: rounded up, at least 1."""
    return max(1, -(-microseconds // SECOND))


def in_words(moment: int) -> str:
    """Return a time (microseconds) as text for people: `2026-06-15 09:30:00 UTC`."""
    return f"{datetime.fromtimestamp(moment // SECOND, UTC):%Y-%m-%d %H:%M:%S} UTC"


def parse_duration(text: str) -> int:
    """Parse minutes, hours, days or weeks (`30m`, `12h`, `7d`, `2w`) into microseconds. Raises `ValueError`."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a duration")
    return int(found[1]) * _UNITS[found[2]] * SECOND
