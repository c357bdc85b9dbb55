"""Requests that wait for a change of a company's clients, without a thread or a database connection for each.

One task polls the newest change of each of their companies; it runs only while a request waits. So several processes,
and writers that are not servers, need not notify each other.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from core.database.database import Database
from core.errors import Unavailable
from core.events import change_log

log = logging.getLogger(__name__)

PEER_WAITS = "gateway.peer_waits"
"""The key of an ASGI scope with a function: whether the client still waits, and the server is not stopping."""

_PAUSE_SECONDS = 0.25
_MAX_WAITING = 1000  # requests per process; further ones are answered at once, and their clients poll again


@dataclass(frozen=True, eq=False)
class _Waiter:
    company_id: int
    after_id: int
    found: "asyncio.Future[int]"
    peer_waits: Callable[[], bool]


class ChangePoller:
    """Polls the change log for the waiting requests of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: set[_Waiter] = set()
        self._task: asyncio.Task[None] | None = None

    async def changed(self, company_id: int, after_id: int, seconds: float, peer_waits: Callable[[], bool]) -> int:
        """Wait for a change of a company after `after_id` and return its id; 0 if there is none in these seconds."""
        if seconds <= 0 or len(self._waiting) >= _MAX_WAITING:
            return 0
        waiter = _Waiter(company_id, after_id, asyncio.get_running_loop().create_future(), peer_waits)
        self._waiting.add(waiter)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll())
        try:
            return await asyncio.wait_for(waiter.found, seconds)
        except TimeoutError:
            return 0
        finally:
            self._waiting.discard(waiter)

    async def _poll(self) -> None:
        while self._waiting:
            await asyncio.sleep(_PAUSE_SECONDS)
            for waiter in self._waiting:
                if not waiter.peer_waits():
                    _notify(waiter, 0)
            companies = {waiter.company_id for waiter in self._waiting}
            try:
                newest = await self._database.read(partial(change_log.newest_ids, company_ids=companies))
            except Unavailable as error:
                log.warning("the change log cannot be polled and will be tried again: %s", error)
                continue
            for waiter in self._waiting:
                if newest.get(waiter.company_id, 0) > waiter.after_id:
                    _notify(waiter, newest[waiter.company_id])


def _notify(waiter: _Waiter, newest_id: int) -> None:
    if not waiter.found.done():
        waiter.found.set_result(newest_id)
