"""Keeps each API key to its number of requests a minute, and says in headers how many are left.

`X-RateLimit-Limit` and `X-RateLimit-Remaining` stand in every answer to a known key; a refusal adds
`X-RateLimit-Reset` (Unix time in seconds) and `Retry-After`.
"""

import threading
from collections.abc import Mapping
from functools import partial

from core import rate_limits
from core.clock import now
from core.database import Database
from core.errors import TooManyRequests
from core.rate_limits import SECOND, Portion

_PORTIONS = 20  # of a minute's account: so many looks at the database a minute and key


class PortionUsedUp(Exception):
    """Another portion must be drawn before the request can be served."""

    def __init__(self, throttle: "Throttle", token_id: int) -> None:
        super().__init__(token_id)
        self.throttle = throttle
        self.token_id = token_id


class Throttle:
    """The portions that this process holds. Requests are admitted on any thread."""

    def __init__(self, database: Database, limit: int) -> None:
        self._database = database
        self._limit = limit
        self._held: dict[int, Portion] = {}
        self._lock = threading.Lock()

    def admit(self, token_id: int) -> None:
        """Count a request. Raises `TooManyRequests`, and `PortionUsedUp` if `draw` must be called first."""
        with self._lock:
            at, held = now(), self._held.get(token_id)
            if held is None or held.ends_at <= at or (held.left and not held.granted):
                raise PortionUsedUp(self, token_id)
            if not held.granted:
                raise TooManyRequests(-(-(held.ends_at - at) // SECOND), held.ends_at // SECOND)
            self._held[token_id] = Portion(held.granted - 1, held.left, held.ends_at)

    async def draw(self, token_id: int) -> None:
        """Take another portion, if one is left."""
        wanted = max(1, self._limit // _PORTIONS)
        unit = partial(rate_limits.draw, token_id=token_id, limit=self._limit, wanted=wanted, at=now())
        drawn = await self._database.write(unit)
        with self._lock:
            held = self._held.get(token_id)
            if held is not None and held.ends_at == drawn.ends_at:
                drawn = Portion(drawn.granted + held.granted, drawn.left, drawn.ends_at)
            self._held[token_id] = drawn

    def headers(self, token_id: int) -> Mapping[str, str]:
        """What an answer says of a key's account."""
        held = self._held.get(token_id)
        left = held.granted + held.left if held else 0
        return {"X-RateLimit-Limit": str(self._limit), "X-RateLimit-Remaining": str(left)}
