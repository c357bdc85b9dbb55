"""Time as the register stores it: integer microseconds since the Unix epoch, UTC."""

import time

SECOND = 1_000_000


def now() -> int:
    """The current time in microseconds since the epoch."""
    return time.time_ns() // 1_000
