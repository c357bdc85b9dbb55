"""A register made again from an archive of `core.operations.backup`."""

import asyncio
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core.access import sessions
from core.database.database import Database
from core.database.migrations import upgrade
from core.documents.storage import DocumentStorage
from core.errors import RegisterError
from core.files import make_private_file, make_private_folder, name_new, stopping_cleanly, wait_for_disk
from core.operations.backup import DOCUMENTS, REGISTER, documents_in


class RestoreFailed(RegisterError):
    """Nothing was restored; the text says why."""


def restore(source: Path, register: Path, storage: DocumentStorage) -> int:
    """Make the SQLite file `register`, brought to this version's schema, and its documents; the number of documents.

    It runs its own event loop. The file appears last, so a restore that broke off has restored nothing and may be run
    again. Nothing that exists is overwritten. Raises `RestoreFailed`, `SchemaTooNew`, `Unavailable` and `OSError`.
    """
    register = Path(os.path.realpath(register))
    # A leftover journal would be applied to the restored database.
    for path in (register, *(register.with_name(register.name + end) for end in ("-wal", "-shm", "-journal"))):
        if os.path.lexists(path):
            raise _taken(path)
    make_private_folder(register.parent)
    with stopping_cleanly(), tempfile.TemporaryDirectory(prefix=".gateway-", dir=register.parent) as folder:
        partial = Path(folder) / REGISTER
        count = _unpack(source, partial, storage)
        wait_for_disk(partial)
        try:
            name_new(partial, register)
        except FileExistsError:
            raise _taken(register) from None
    return count


def _taken(path: Path) -> RestoreFailed:
    return RestoreFailed(f"{path} exists already; move the present register away, or name another one")


def _unpack(source: Path, register: Path, storage: DocumentStorage) -> int:
    try:
        with zipfile.ZipFile(source) as archive:
            make_private_file(register)
            with register.open("wb") as file:
                _take_out(archive, REGISTER, file)
            _migrate(register)
            keys = documents_in(register).keys()
            asyncio.run(_store(archive, keys, storage))
    except zipfile.BadZipFile as error:
        raise RestoreFailed(f"{source} is no whole backup: {error}") from error
    return len(keys)


async def _store(archive: zipfile.ZipFile, keys: Iterable[str], storage: DocumentStorage) -> None:
    # All are looked at first, so that other bytes under a document's key are found before anything is stored.
    for key in [key for key in keys if not await _is_there(archive, key, storage)]:
        with tempfile.TemporaryFile() as file:
            _take_out(archive, DOCUMENTS + key, file)
            file.seek(0)
            await storage.put(key, file)


async def _is_there(archive: zipfile.ZipFile, key: str, storage: DocumentStorage) -> bool:
    """Whether an earlier restore has stored the document. Raises `RestoreFailed` if something else has its key."""
    chunks = await storage.find(key)
    if chunks is None:
        return False
    with _entry(archive, DOCUMENTS + key) as entry:
        same = all([chunk == entry.read(len(chunk)) async for chunk in chunks]) and not entry.read(1)
    if not same:
        raise RestoreFailed(f"the document storage holds something else as {key}; name an empty one")
    return True


@contextmanager
def _entry(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """An entry to read, whose checksum is compared at its end."""
    try:
        found = archive.open(name)
    except KeyError:
        raise zipfile.BadZipFile(f"{name} is not in it") from None
    with found:
        yield found


def _take_out(archive: zipfile.ZipFile, name: str, file: IO[bytes]) -> None:
    with _entry(archive, name) as entry:
        shutil.copyfileobj(entry, file)


def _migrate(register: Path) -> None:
    database = Database(f"sqlite:///{register}", threads=1)
    try:
        upgrade(database)
        with database.writing() as connection:
            sessions.end_all(connection)  # some of them have ended since, by a new password for instance
    finally:
        database.close()
