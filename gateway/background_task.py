"""Background tasks of a server process."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress

from core.database.background import IN_BACKGROUND


class BackgroundTask(ABC):
    """An async context manager that runs `_work` while it is entered, and cancels it at the end."""

    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._start()

    async def __aexit__(self, *_exception: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def _start(self) -> None:
        self._task = asyncio.create_task(self._marked())

    async def _marked(self) -> None:
        IN_BACKGROUND.set(True)
        await self._work()

    @abstractmethod
    async def _work(self) -> None:
        """Do the work until it is cancelled, or return."""
