"""The backfills of renderings (`core.clients.rendering_backfill` and `category_backfill`) in a server process."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from core.clients import category_backfill, rendering_backfill
from core.database.database import Database
from core.errors import Unavailable
from gateway.background_task import BackgroundTask

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.02
_OUTAGE_PAUSE_SECONDS = 5.0


class RenderingBackfill(BackgroundTask):
    """An async context manager that renders clients again. Other writers get their turn between two steps.

    First it renders the whole register, if needed; then the clients of categories that have changed, for which it polls
    every `pause` seconds.
    """

    def __init__(self, database: Database, pause: float) -> None:
        self._database = database
        self._pause = pause

    async def _work(self) -> None:
        act: Callable[[], Awaitable[NextStep]] = self._begin
        while True:
            try:
                self._database.nodes.check_all()
                act, pause = await act()
            except Unavailable as error:
                log.warning("rendering clients again is postponed: %s", error)
                pause = _OUTAGE_PAUSE_SECONDS
            except Exception:
                log.exception("rendering clients again failed; they are rendered when they are read")
                return
            await asyncio.sleep(pause)

    async def _begin(self) -> "NextStep":
        return (
            self._step if await self._database.write(rendering_backfill.begin) else self._step_category
        ), _PAUSE_SECONDS

    async def _step(self) -> "NextStep":
        return (
            self._step if await self._database.write(rendering_backfill.step) else self._step_category
        ), _PAUSE_SECONDS

    async def _step_category(self) -> "NextStep":
        if not await self._database.read(category_backfill.is_due):
            return self._step_category, self._pause
        await self._database.write(category_backfill.step)
        return self._step_category, _PAUSE_SECONDS


NextStep = tuple[Callable[[], Awaitable["NextStep"]], float]
"""The next step, and the seconds until then."""
