"""Time as the register stores it: integer microseconds since the Unix epoch, UTC."""

import time

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
