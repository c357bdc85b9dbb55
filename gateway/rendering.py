"""The walk of `core.rendering_walk`, in the background of a server process from its start until it is done."""

import asyncio
import logging
from contextlib import suppress

from core import rendering_walk
from core.database import Database
from core.errors import Unavailable

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.02
_PAUSE_SECONDS_AFTER_AN_OUTAGE = 5.0


class RenderingWalk:
    """An async context manager that walks while it is entered. Between two steps others get to write."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._walk())

    async def __aexit__(self, *_exception: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _walk(self) -> None:
        act = rendering_walk.begin
        while True:
            try:
                if not await self._database.write(act):
                    return
            except Unavailable as error:
                log.warning("rendering in advance is put off: %s", error)
                await asyncio.sleep(_PAUSE_SECONDS_AFTER_AN_OUTAGE)
            except Exception:
                log.exception("rendering in advance has failed; clients are rendered when they are read")
                return
            else:
                act = rendering_walk.step
                await asyncio.sleep(_PAUSE_SECONDS)
