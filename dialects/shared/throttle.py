"""Limits each API key to a number of requests per minute, and reports in headers how many are left.

`X-RateLimit-Limit` and `X-RateLimit-Remaining` are in every answer to a known key; a refusal adds `X-RateLimit-Reset`
(Unix time in seconds) and `Retry-After`.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from core.access import rate_limits
from core.access.rate_limits import Portion
from core.database.database import Database
from core.errors import TooManyRequests
from core.text.clock import SECOND, now, seconds_up

_PORTIONS = 20  # per minute and key: each is drawn by one statement


class PortionUsedUp(Exception):
    """Another portion must be drawn before the request can be served."""

    def __init__(self, throttle: "Throttle", token_id: int) -> None:
        super().__init__(token_id)
        self.throttle = throttle
        self.token_id = token_id


@dataclass(frozen=True)
class _Drawn:
    """A portion that this process has drawn, and its end (seconds of the monotonic clock)."""

    portion: Portion
    ends_at: float


class Throttle:
    """Admits requests by the portions that this process has drawn. Any thread may call `admit`."""

    def __init__(self, database: Database, limit: int) -> None:
        self._database = database
        self._limit = limit
        self._drawn: dict[int, _Drawn] = {}
        self._lock = threading.Lock()

    def admit(self, token_id: int) -> None:
        """Count a request. Raises `TooManyRequests`, and `PortionUsedUp` if `draw` must be called first."""
        with self._lock:
            # Not the wall clock: if that is set back, the portion would last longer than its minute.
            drawn, at = self._drawn.get(token_id), time.monotonic()
            if drawn is None or drawn.ends_at <= at or (drawn.portion.left and not drawn.portion.granted):
                raise PortionUsedUp(self, token_id)
            if not drawn.portion.granted:
                raise _refusal(drawn.ends_at - at)
            self._drawn[token_id] = _Drawn(replace(drawn.portion, granted=drawn.portion.granted - 1), drawn.ends_at)

    async def draw(self, token_id: int) -> None:
        """Draw another portion, if one is left."""
        wanted = max(1, self._limit // _PORTIONS)
        unit = partial(rate_limits.draw, token_id=token_id, limit=self._limit, wanted=wanted)
        asked_at = time.monotonic()
        portion = await self._database.write(unit)
        with self._lock:
            before = self._drawn.get(token_id)
            if before is not None and before.portion.minute == portion.minute:
                portion = replace(portion, granted=portion.granted + before.portion.granted)
            self._drawn[token_id] = _Drawn(portion, asked_at + portion.lasts / SECOND)

    def headers(self, token_id: int) -> Mapping[str, str]:
        """Return the headers about a key's quota."""
        drawn = self._drawn.get(token_id)
        left = drawn.portion.granted + drawn.portion.left if drawn else 0
        return {"X-RateLimit-Limit": str(self._limit), "X-RateLimit-Remaining": str(left)}


def _refusal(seconds: float) -> TooManyRequests:
    wait = int(seconds * SECOND)
    return TooManyRequests(seconds_up(wait), -(-(now() + wait) // SECOND))
