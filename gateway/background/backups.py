"""Scheduled backups of an SQLite register, each by a process that runs `gateway backup`.

Compressing in a separate process does not slow down requests. The command finds out by itself whether another worker or
instance is already making a backup.
"""

import asyncio
import logging
import os
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from core.database.database import Database
from core.operations.backup_folder import due_in
from core.text.clock import SECOND
from gateway.background_task import BackgroundTask
from gateway.settings import Settings

log = logging.getLogger(__name__)

_PAUSE_SECONDS, _MAX_PAUSE = 20.0, 600.0  # the longer one applies also after a failure
_SECONDS_TO_STOP = 10


class ScheduledBackups(BackgroundTask):
    """An async context manager that makes scheduled backups; it does nothing if no folder is configured."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._folder = Path(settings.backup_folder) if settings.backup_folder and database.is_sqlite else None

    async def __aenter__(self) -> None:
        if self._folder is not None:
            self._start()

    async def _work(self) -> None:
        assert self._folder is not None
        look = partial(due_in, self._folder, self._database.file, self._settings.backup_interval)
        left = 0.0
        while True:
            try:
                left = await asyncio.to_thread(look) / SECOND
                is_well = left > 0 or await self._make_backup(self._folder)
            except Exception:
                log.exception("the scheduled backup failed")
                is_well = False
            await asyncio.sleep(min(max(left, _PAUSE_SECONDS), _MAX_PAUSE) if is_well else _MAX_PAUSE)

    async def _make_backup(self, folder: Path) -> bool:
        options = ("--keep", str(self._settings.backup_keep), "--every", self._settings.backup_every)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "backup", str(folder), *options),
            env=os.environ | self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            output = (await process.communicate())[1].decode(errors="replace").strip()
        except asyncio.CancelledError:
            await _stop(process)
            raise
        log.log(logging.ERROR if process.returncode else logging.INFO, "scheduled backup: %s", output)
        return process.returncode == 0

    def _environment(self) -> dict[str, str]:
        chosen = self._settings
        names = {"DATABASE_URL": chosen.database_url, "STORAGE_URL": chosen.storage_url, "MIGRATE": "never"}
        return {f"GATEWAY_{name}": value for name, value in names.items()}


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()  # it then removes unfinished files
        try:
            await asyncio.wait_for(process.wait(), _SECONDS_TO_STOP)
        except TimeoutError:
            process.kill()
            await process.wait()
