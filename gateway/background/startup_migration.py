"""Bringing the schema to this version when a server process starts, also while the database is away.

A worker that replaces a dead one must not give up because the database restarts at that moment: the supervisor takes
that for a program that cannot start, and stops the whole server. So the process serves, which means a 503 for every
request, and looks again until the database is back.
"""

import asyncio
import logging

from core.database.database import Database
from core.database.migrations import prepare
from core.errors import Unavailable
from gateway.background_task import BackgroundTask

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.5


class StartupMigration(BackgroundTask):
    """An async context manager; entering it raises `SchemaTooNew` if this program is too old for the database.

    Where somebody migrates `by_hand` it only looks, and raises `SchemaTooOld` as well.
    """

    def __init__(self, database: Database, by_hand: bool = False) -> None:
        self._database = database
        self._by_hand = by_hand

    async def __aenter__(self) -> None:
        if not await self._is_open():
            self._start()

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            if await self._is_open():
                return

    async def _is_open(self) -> bool:
        try:
            await asyncio.to_thread(prepare, self._database, self._by_hand)
        except Unavailable as error:
            log.warning("the database schema is checked again later: %s", error)
            return False
        return True
