"""Checks whether this program may still use the register, which another version may migrate meanwhile.

A migration that removes something that this version uses says so in the register before it begins. Then every request
is answered with 503 and `/readyz` says why, instead of failing in one statement after the other.
"""

import asyncio
import logging

from core.database.database import Database
from core.database.migrations import check
from core.database.migrations.compatibility import LOOK_SECONDS
from core.errors import SchemaTooNew, SchemaTooOld
from gateway.background_task import BackgroundTask

log = logging.getLogger(__name__)


class SchemaWatch(BackgroundTask):
    """An async context manager that keeps `Database.refusal` up to date while it is entered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                self._note(await asyncio.to_thread(self._check_schema))
            except Exception as error:  # requests meet the same error, and report it
                log.debug("the schema cannot be checked: %s", error)

    def _check_schema(self) -> str:
        try:
            check(self._database)
        except (SchemaTooNew, SchemaTooOld) as error:
            return str(error)
        return ""

    def _note(self, refusal: str) -> None:
        if refusal and not self._database.refusal:
            log.error("requests are no longer answered: %s", refusal)
        elif self._database.refusal and not refusal:
            log.warning("requests are answered again: the register has a schema that this version may use")
        self._database.refusal = refusal
