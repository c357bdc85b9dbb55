"""Refuses requests of companies whose node of a distributed register was lost, until one of them finds it again.

Otherwise each of their requests would wait for the node for some seconds, and occupy a thread and a connection that
other companies need.
"""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from core.errors import NodeLost, Unavailable

T = TypeVar("T")

_PAUSE_SECONDS = 2.0
_TRIAL_SECONDS = 15.0  # longer than an attempt to reach a node takes
_MAX_NOTED = 4096


class LostCompanies:
    """The companies whose node was recently lost. It is false if there are none."""

    def __init__(self) -> None:
        self._until: dict[int, float] = {}

    def __bool__(self) -> bool:
        return bool(self._until)

    def note(self, company_id: int) -> None:
        """Record that a request of this company (0 if unknown) met a lost node."""
        if company_id and len(self._until) < _MAX_NOTED:
            self._until[company_id] = time.monotonic() + _PAUSE_SECONDS

    async def guarded(self, company_id: int, work: Callable[[], Awaitable[T]]) -> T:
        """Return what the work returns. Raises `Unavailable` at once if the company's node was lost recently.

        After a pause, one request tries the node again, and the others are refused until it has finished.
        """
        until, at = self._until.get(company_id), time.monotonic()
        if until is None:
            return await work()
        if at < until:
            raise Unavailable("a node of the database was lost; it will be tried again in a moment")
        self._until[company_id] = at + _TRIAL_SECONDS  # meanwhile other requests are refused
        try:
            result = await work()
        except NodeLost:
            raise  # the caller notes the loss again
        except BaseException:
            self._until.pop(company_id, None)
            raise
        self._until.pop(company_id, None)
        return result
