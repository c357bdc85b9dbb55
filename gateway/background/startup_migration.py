"""Migrates the schema when a server process starts, even if the database does not answer at first.

A worker that replaces a dead one must not fail because the database is restarting just then: the supervisor would stop
the whole server. So the process serves, answering every request with 503, and retries until the database is back.
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
    """An async context manager; it raises `SchemaTooNew` if this program is too old for the database.

    If an operator migrates `by_hand` it only checks the schema, and may also raise `SchemaTooOld`.
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
