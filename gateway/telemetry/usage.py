"""Counts who calls what, and stores it in the register every few seconds and when the server stops.

A request costs a look-up in a dictionary. A process that is killed loses the calls of its last seconds; if the answer
to a commit was lost, the calls of those seconds are counted twice.
"""

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import Any

from core.access import usage, usage_names
from core.access.usage import DAY, Tally, day_of
from core.access.usage_names import UsedName
from core.database.database import Database
from core.errors import Unavailable
from core.text.clock import now
from dialects.shared.input_names import Understood
from dialects.shared.served import Served
from gateway.background_task import BackgroundTask

log = logging.getLogger(__name__)

_MAX_TOGETHER = 500  # rows per transaction, so that no other writer waits long

_MAX_SEEN = 20_000  # combinations of names that are known to be stored; beyond that number the set is cleared

Key = tuple[int, int, int, str, str, str]


class UsageRecorder(BackgroundTask):
    """An observer of requests with a known key, and an async context manager that stores their usage.

    The names that each operation understood are stored too, without values. `days` is how long usage is kept; with 0
    nothing is recorded. `pause` is in seconds.
    """

    def __init__(self, database: Database, days: int, pause: float) -> None:
        self._database = database
        self._days = days
        self._pause = pause
        self._counted: dict[Key, list[int]] = {}
        self._seen: set[tuple[Key, Understood]] = set()  # the combinations that were recorded before
        self._used: dict[tuple[Any, ...], UsedName] = {}
        self._swept = 0  # the day on which old rows were last deleted
        self._stopping = asyncio.Event()

    def __call__(self, served: Served) -> None:
        """Count a request that is over."""
        actor = served.actor
        if actor is None or not self._days:
            return
        at = now()
        key = (actor.company_id, at - at % DAY, actor.token_id, served.dialect, served.method, served.route)
        if served.understood is not None and (key, served.understood) not in self._seen:
            self._note(key, served.understood, at)
        counted = self._counted.get(key)
        if counted is None:
            self._counted[key] = [1, int(served.status >= 400), at, at]
            return
        counted[0] += 1
        counted[1] += served.status >= 400
        counted[3] = at

    def _note(self, key: Key, understood: Understood, at: int) -> None:
        # Once a day for each combination of names, so that similar requests cost only a look-up in a set.
        if len(self._seen) >= _MAX_SEEN:
            self._seen.clear()
        self._seen.add((key, understood))
        company_id, _, token_id, dialect, _, route = key
        for kind, name in ((usage_names.CALL, ""), *understood.names):
            used = UsedName(company_id, token_id, dialect, understood.method, route, kind, name, at)
            self._used.setdefault(used[:-1], used)

    async def __aexit__(self, *_exception: object) -> None:
        """Let the task store what is left; cancelling it might store the same calls twice."""
        assert self._task is not None
        self._stopping.set()
        await self._task

    async def _work(self) -> None:
        stopped = False
        while not stopped:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._pause)
            stopped = self._stopping.is_set()
            try:
                await self._store()
                await self._delete_old()
            except Unavailable as error:
                log.warning("usage is stored later: %s", error)
            except Exception:
                log.exception("usage could not be stored")

    async def _store(self) -> None:
        counted, self._counted = self._counted, {}
        tallies = sorted(Tally(*key, *numbers) for key, numbers in counted.items())
        while tallies:
            try:
                await self._database.write(partial(usage.add, tallies=tallies[:_MAX_TOGETHER]))
            except BaseException:
                self._put_back(tallies)
                raise
            tallies = tallies[_MAX_TOGETHER:]
        await self._store_names()

    async def _store_names(self) -> None:
        taken, self._used = self._used, {}
        used = list(taken.values())
        while used:
            try:
                await self._database.write(partial(usage_names.add, used=used[:_MAX_TOGETHER]))
            except BaseException:
                self._used = {each[:-1]: each for each in used} | self._used
                raise
            used = used[_MAX_TOGETHER:]

    def _put_back(self, tallies: list[Tally]) -> None:
        for tally in tallies:
            counted = self._counted.setdefault(tally[:6], [0, 0, tally.first_at, tally.last_at])
            counted[0] += tally.calls
            counted[1] += tally.errors
            counted[2] = min(tally.first_at, counted[2])

    async def _delete_old(self) -> None:
        today = day_of(now())
        if self._days and self._swept != today:
            for record in (usage, usage_names):
                await self._database.write(partial(record.delete_before, timestamp=today - (self._days - 1) * DAY))
            self._swept = today
