"""A register made again from an archive of `core.backup`."""

import asyncio
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from core import sessions
from core.backup import DOCUMENTS, REGISTER, documents_in, put_in_place
from core.database import Database
from core.errors import RegisterError
from core.migrations import upgrade
from core.storage import DocumentStorage


class RestoreFailed(RegisterError):
    """Nothing was restored; the text says why."""


def restore(source: Path, register: Path, storage: DocumentStorage) -> int:
    """Make the SQLite file `register`, brought to this version's schema, and its documents; the number of documents.

    It runs its own event loop.
    The file appears last, so a restore that broke off has restored nothing and may be run again. Raises
    `RestoreFailed`, `SchemaTooNew`, `Unavailable` and `OSError`.
    """
    # A journal that stayed behind would be played into the restored database.
    for path in (register, *(register.with_name(register.name + end) for end in ("-wal", "-shm", "-journal"))):
        if path.exists():
            raise RestoreFailed(f"{path} exists already; move the present register away, or name another one")
    register.parent.mkdir(parents=True, exist_ok=True)
    partial = register.with_name(f"{register.name}.partial")
    try:
        with zipfile.ZipFile(source) as archive:
            with partial.open("wb") as file:
                _take_out(archive, REGISTER, file)
            _migrate(partial)
            keys = documents_in(partial).keys()
            asyncio.run(_store(archive, keys, storage))
        put_in_place(partial, register)
    except zipfile.BadZipFile as error:
        raise RestoreFailed(f"{source} is no whole backup: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return len(keys)


async def _store(archive: zipfile.ZipFile, keys: Iterable[str], storage: DocumentStorage) -> None:
    for key in keys:
        with tempfile.TemporaryFile() as file:
            _take_out(archive, DOCUMENTS + key, file)
            file.seek(0)
            await storage.put(key, file)


def _take_out(archive: zipfile.ZipFile, name: str, file: IO[bytes]) -> None:
    """Copy an entry, whose checksum is compared at its end."""
    try:
        with archive.open(name) as entry:
            shutil.copyfileobj(entry, file)
    except KeyError:
        raise zipfile.BadZipFile(f"{name} is not in it") from None


def _migrate(register: Path) -> None:
    database = Database(f"sqlite:///{register}", threads=1)
    try:
        upgrade(database)
        with database.writing() as connection:
            sessions.end_all(connection)  # some of them have ended since, by a new password for instance
    finally:
        database.close()
