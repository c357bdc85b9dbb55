"""Companies whose node of a distributed register does not answer: they are told so at once, and look again by turns.

Each of their requests would wait for the node for some seconds, and keep a thread and a connection of the others.
"""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from core.errors import NodeLost, Unavailable

T = TypeVar("T")

_PAUSE_SECONDS = 2.0
_LOOK_SECONDS = 15.0  # longer than a look at a node takes
_MAX_NOTED = 4096


class LostCompanies:
    """Whose node was lost lately; false while there are none, which is nearly always."""

    def __init__(self) -> None:
        self._until: dict[int, float] = {}

    def __bool__(self) -> bool:
        return bool(self._until)

    def note(self, company_id: int) -> None:
        """A request of this company, 0 if it is not known, has met a lost node."""
        if company_id and len(self._until) < _MAX_NOTED:
            self._until[company_id] = time.monotonic() + _PAUSE_SECONDS

    async def guarded(self, company_id: int, work: Callable[[], Awaitable[T]]) -> T:
        """What the work returns. Raises `Unavailable` at once if it would meet a node that was lost a moment ago."""
        until, at = self._until.get(company_id), time.monotonic()
        if until is None:
            return await work()
        if at < until:
            raise Unavailable("a node of the database was lost, and is looked for again in a moment")  # no new find
        self._until[company_id] = at + _LOOK_SECONDS  # for which the others wait for what this one finds
        try:
            found = await work()
        except NodeLost:
            raise  # and is noted again
        except BaseException:
            self._until.pop(company_id, None)
            raise
        self._until.pop(company_id, None)
        return found
