"""Time as the register stores it: integer microseconds since the Unix epoch, UTC."""

import time
from datetime import UTC, datetime

SECOND = 1_000_000


def now() -> int:
    """The current time in microseconds since the epoch."""
    return time.time_ns() // 1_000


def later_than(previous: int) -> int:
    """The current time, or the least later than `previous` where the clock has not come so far (microseconds)."""
    return max(now(), previous + 1)


def seconds_up(microseconds: int) -> int:
    """A wait in whole seconds, as `Retry-After` states it: rounded up, at least one."""
    return max(1, -(-microseconds // SECOND))


def in_words(moment: int) -> str:
    """A moment (microseconds) for people: `2026-06-15 09:30:00 UTC`."""
    return f"{datetime.fromtimestamp(moment // SECOND, UTC):%Y-%m-%d %H:%M:%S} UTC"
