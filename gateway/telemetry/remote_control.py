"""Carries out an operator's commands in running servers: `gateway log-level` and `gateway tail`.

Every worker polls the register once a second, and more often while requests are shown live. Otherwise a request costs
only a check of an empty dictionary.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from core.database.database import Database
from core.errors import Unavailable
from core.operations import controls
from core.query import Record
from core.text.clock import now
from dialects.shared.served import Served
from gateway.background_task import BackgroundTask
from gateway.telemetry.request_log import as_json
from schemas.types import IsoTime

log = logging.getLogger(__name__)

_PAUSE_SECONDS, _PAUSE_SECONDS_WITH_TAILS = 1.0, 0.25
_MAX_NOTED = 500  # requests between two polls of the register; further ones are counted and left out


def matches(wanted: Mapping[str, Any], served: Served) -> bool:
    """Return whether a request matches a tail's filter.

    A filter has `company` and `key_id` (ids), `key` (a name), `dialect` and `route`. The route is compared with the
    template and with the path, and may contain `*`. Missing entries match anything.
    """
    actor = served.actor
    is_same = {
        "company": actor is not None and actor.company_id == wanted.get("company"),
        "key_id": actor is not None and actor.token_id == wanted.get("key_id"),
        "key": actor is not None and actor.token_name == wanted.get("key"),
        "dialect": served.dialect == wanted.get("dialect"),
    }
    if not all(is_same[name] for name in wanted.keys() & is_same.keys()):
        return False
    route = wanted.get("route")
    return route is None or fnmatchcase(served.route, route) or fnmatchcase(served.path, route)


class RemoteControl(BackgroundTask):
    """An observer of requests, and an async context manager that polls for commands."""

    def __init__(self, database: Database, level: str) -> None:
        self._database = database
        self._own_level = self._level = level
        self._tails: dict[int, Record] = {}
        self._noted: list[tuple[int, str]] = []
        self._left_out = 0

    def __call__(self, served: Served) -> None:
        """Record a request that is over, for each tail whose filter it matches."""
        for tail_id, wanted in self._tails.items():
            if matches(wanted, served):
                self._note(tail_id, served)

    def _note(self, tail_id: int, served: Served) -> None:
        if len(self._noted) >= _MAX_NOTED:
            self._left_out += 1
            return
        self._noted.append((tail_id, as_json(IsoTime().format(now()) or "", served).decode()))

    async def _work(self) -> None:
        while True:
            try:
                await self._store_noted()
                self._tails = await self._database.read(controls.open_tails)
                self._apply_level(await self._database.read(controls.log_level))
            except Unavailable:
                self._noted.clear()  # the command notices the outage itself
            except Exception:
                log.exception("the operator's commands cannot be read")
            await asyncio.sleep(_PAUSE_SECONDS_WITH_TAILS if self._tails else _PAUSE_SECONDS)

    async def _store_noted(self) -> None:
        noted, self._noted = self._noted, []
        if self._left_out:
            log.warning("%d requests were left out of `gateway tail`, which cannot keep up", self._left_out)
            self._left_out = 0
        if noted:
            await self._store(noted)

    async def _store(self, noted: Sequence[tuple[int, str]]) -> None:
        await self._database.write(partial(controls.add_lines, lines=noted))

    def _apply_level(self, requested: tuple[str, int] | None) -> None:
        level = requested[0] if requested else self._own_level
        if level != self._level:
            log.warning("the log level is now %s", level)
            logging.getLogger().setLevel(level.upper())
            self._level = level
