"""Parts of the application that are created for their first request, because many servers never get one."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send


class LazyApplication:
    """An ASGI application that is imported and created on a thread, so that other requests do not wait."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on (ASGI)."""
        made = self._made or await self._make_once()
        await made(scope, receive, send)

    async def _make_once(self) -> ASGIApp:
        async with self._turn:  # two instances would have two queues for sign-ins
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
            return self._made
