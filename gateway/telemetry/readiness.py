"""`/readyz`: whether a write would succeed now, tested by making one.

A full or read-only disk is noticed only by a write, so the probe does what an upload does: it reserves a key and stores
an object, and removes both.
"""

import asyncio
import io
import time
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from core.database.database import Database
from core.documents import documents
from core.documents.storage import DocumentStorage
from core.errors import OutOfSpace, Unavailable
from core.text.secrets import random_name
from dialects.shared.dialect import JSONAnswer

_FRESH_SECONDS = 1.0  # anybody may request it, so frequent requests must be cheap
_TIMEOUT_SECONDS = 5.0


class Readiness:
    """Answers 200 if database and storage accept writes, else 503; `checks` has the state of each."""

    def __init__(self, database: Database, storage: DocumentStorage) -> None:
        self._database = database
        self._storage = storage
        self._turn = asyncio.Lock()
        self._found: Mapping[str, str] = {}
        self._fresh_until = 0.0

    async def answer(self, _request: object) -> Response:
        """Return the response to a probe."""
        async with self._turn:
            if time.monotonic() >= self._fresh_until:
                self._found = await self._check()
                self._fresh_until = time.monotonic() + _FRESH_SECONDS
            checks = self._found
        if all(state == "ok" for state in checks.values()):
            return JSONAnswer({"status": "ok", "checks": checks})
        return JSONAnswer({"status": "unavailable", "checks": checks}, 503, {"Retry-After": "1"})

    async def _check(self) -> Mapping[str, str]:
        if self._database.refusal:
            return {"schema": self._database.refusal}
        key = f"probes/{random_name(40)}"
        database, storage = await asyncio.gather(
            _state(self._database.write(lambda connection: documents.reserve_uploads(connection, [key], lease=0))),
            _state(self._store(key)),
        )
        return {"database": database, "storage": storage}

    async def _store(self, key: str) -> None:
        await self._storage.put(key, io.BytesIO(b"ready"))
        await self._storage.delete(key)


async def _state(work: Any) -> str:
    try:
        await asyncio.wait_for(work, _TIMEOUT_SECONDS)
    except OutOfSpace:
        return "full"
    except (Unavailable, TimeoutError):
        return "unavailable"
    return "ok"
