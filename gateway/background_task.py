"""A task of a server process: what starts and ends work in the background."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress


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
        self._task = asyncio.create_task(self._work())

    @abstractmethod
    async def _work(self) -> None:
        """What is done until it is cancelled, or returns."""
