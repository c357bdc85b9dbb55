"""The time limit of a connection: for a head to arrive, or for the rest of a body that is discarded."""

import asyncio
from collections.abc import Callable


class Deadline:
    """A time limit; once it has passed, `expired` is called."""

    def __init__(self, loop: asyncio.AbstractEventLoop, expired: Callable[[], None]) -> None:
        self._loop = loop
        self._expired = expired
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        """Whether the time is running."""
        return self._timer is not None

    def set(self, seconds: float) -> None:
        """Let the time run from now on, instead of an earlier limit."""
        self.cancel()
        self._timer = self._loop.call_later(seconds, self._expire)

    def cancel(self) -> None:
        """Remove the time limit."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self._timer = None
        self._expired()
