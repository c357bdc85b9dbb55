"""The gateway's own application with a reproducible clock and random names, and `POST /_reset`."""

import asyncio
from pathlib import Path

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.database.database import Database
from core.database.migrations import upgrade
from gateway.app import build_app
from gateway.mock.register import restore, settings_of
from gateway.mock.sources import Sources

RESET = "/_reset"
_READING = ("GET", "HEAD", "OPTIONS")


class MockApplication:
    """An ASGI application over the register in a folder. `only` is the dialect that it serves; None means both."""

    def __init__(self, folder: Path, sources: Sources, only: str | None, url: str = "http://127.0.0.1:8000") -> None:
        self._folder = folder
        self._sources = sources
        self.settings = settings_of(folder, url)
        self._application: ASGIApp = build_app(self.settings, only=only)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] == "http":
            if scope["path"] == RESET:
                await (await self._reset(scope["method"]))(scope, receive, send)
                return
            if scope["method"] not in _READING:
                self._sources.advance()
        await self._application(scope, receive, send)

    async def _reset(self, method: str) -> Response:
        if method != "POST":
            return Response(status_code=405, headers={"Allow": "POST"})
        await asyncio.to_thread(self._restore)
        self._sources.restart()
        return Response(status_code=204)

    def _restore(self) -> None:
        restore(self._folder)
        database = Database(self.settings.database_url, threads=1)
        upgrade(database)  # the fixture may have an earlier schema
        database.close()
