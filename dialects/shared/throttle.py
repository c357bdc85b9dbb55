"""Limits each API key to its number of requests a minute, and says in headers how many are left.

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

_PORTIONS = 20  # per minute and key: the number of times the database is asked


class PortionUsedUp(Exception):
    """Another portion must be drawn before the request can be served."""

    def __init__(self, throttle: "Throttle", token_id: int) -> None:
        super().__init__(token_id)
        self.throttle = throttle
        self.token_id = token_id


@dataclass(frozen=True)
class _Held:
    """A portion that this process has drawn, and when it ends (seconds of the monotonic clock)."""

    portion: Portion
    ends_at: float


class Throttle:
    """The portions of this process. Requests are admitted on any thread."""

    def __init__(self, database: Database, limit: int) -> None:
        self._database = database
        self._limit = limit
        self._held: dict[int, _Held] = {}
        self._lock = threading.Lock()

    def admit(self, token_id: int) -> None:
        """Count a request. Raises `TooManyRequests`, and `PortionUsedUp` if `draw` must be called first."""
        with self._lock:
            # Not the wall clock: it can be set back, and then the portion would last longer than its minute.
            locked, at = self._held.get(token_id), time.monotonic()
            if locked is None or locked.ends_at <= at or (locked.portion.left and not locked.portion.granted):
                raise PortionUsedUp(self, token_id)
            if not locked.portion.granted:
                raise _refusal(locked.ends_at - at)
            self._held[token_id] = _Held(replace(locked.portion, granted=locked.portion.granted - 1), locked.ends_at)

    async def draw(self, token_id: int) -> None:
        """Draw another portion, if one is left."""
        wanted = max(1, self._limit // _PORTIONS)
        unit = partial(rate_limits.draw, token_id=token_id, limit=self._limit, wanted=wanted)
        asked_at = time.monotonic()
        drawn = await self._database.write(unit)
        with self._lock:
            locked = self._held.get(token_id)
            if locked is not None and locked.portion.minute == drawn.minute:
                drawn = replace(drawn, granted=drawn.granted + locked.portion.granted)
            self._held[token_id] = _Held(drawn, asked_at + drawn.lasts / SECOND)

    def headers(self, token_id: int) -> Mapping[str, str]:
        """Return the headers about a key's quota."""
        locked = self._held.get(token_id)
        left = locked.portion.granted + locked.portion.left if locked else 0
        return {"X-RateLimit-Limit": str(self._limit), "X-RateLimit-Remaining": str(left)}


def _refusal(seconds: float) -> TooManyRequests:
    wait = int(seconds * SECOND)
    return TooManyRequests(seconds_up(wait), -(-(now() + wait) // SECOND))
