"""Restores a register from an archive of `core.operations.backup`."""

import asyncio
import lzma
import os
import shutil
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO

from sqlalchemy.exc import DatabaseError

from core.access import sessions
from core.database.database import Database
from core.database.migrations import upgrade
from core.documents.storage import DocumentStorage
from core.errors import RegisterError, Unavailable
from core.files import (
    make_private_file,
    make_private_folder,
    rename_without_overwriting,
    signals_as_interrupts,
    sync_to_disk,
)
from core.operations.backup import DOCUMENTS, REGISTER, documents_in

_CHUNK = 2**20


class RestoreFailed(RegisterError):
    """Nothing was restored; the text says why."""


# The errors of the zip module and its decompressors for damaged archives.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, struct.error, RuntimeError, OverflowError, ValueError),
    *(sqlite3.DatabaseError, DatabaseError),
)


def restore(source: Path, register: Path, storage: DocumentStorage) -> int:
    """Create the SQLite file `register`, migrated to this version's schema, and its documents; return their number.

    It runs its own event loop. The whole archive is checked before anything is stored, and the register's file appears
    last; if something fails, what was stored is removed again. Nothing that exists is overwritten. Raises
    `RestoreFailed`, `SchemaTooNew`, `Unavailable` and `OSError`.
    """
    register = Path(os.path.realpath(register))
    # SQLite would apply a leftover journal to the restored database.
    for path in (register, *(register.with_name(register.name + end) for end in ("-wal", "-shm", "-journal"))):
        if os.path.lexists(path):
            raise _path_exists_error(path)
    make_private_folder(register.parent)
    with signals_as_interrupts(), tempfile.TemporaryDirectory(prefix=".gateway-", dir=register.parent) as folder:
        partial = Path(folder) / REGISTER
        with _opened(source) as archive:
            with _errors_of_archive(source):
                sizes = _extract_register(archive, partial)
                _check_documents(archive, sizes)
            asyncio.run(_finish(archive, sizes, storage, partial, register))
    return len(sizes)


async def _finish(
    archive: zipfile.ZipFile, sizes: Mapping[str, int], storage: DocumentStorage, partial: Path, register: Path
) -> None:
    stored: list[str] = []
    try:
        await _store(archive, sizes, storage, stored)
        sync_to_disk(partial)
        try:
            rename_without_overwriting(partial, register)
        except FileExistsError:
            raise _path_exists_error(register) from None
    except BaseException:
        for key in stored:
            with suppress(Unavailable):  # the error to report is why the restore failed
                await storage.delete(key)
        raise


def _path_exists_error(path: Path) -> RestoreFailed:
    return RestoreFailed(f"{path} already exists; move the present register away, or restore to another file")


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    with _errors_of_archive(source):
        archive = zipfile.ZipFile(source)
    with archive:
        yield archive


@contextmanager
def _errors_of_archive(source: Path) -> Iterator[None]:
    """Add the name of the archive to an error about its content."""
    try:
        yield
    except _BROKEN as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0] if str(error) else type(error).__name__
        raise RestoreFailed(f"{source} is not a complete backup: {reason}; nothing was restored") from error


def _extract_register(archive: zipfile.ZipFile, register: Path) -> Mapping[str, int]:
    """Extract the register and migrate it. Return the size of each document that it refers to, by key."""
    make_private_file(register)
    with register.open("wb") as file:
        _extract(archive, REGISTER, file)
    _check_is_sound(register)
    _migrate(register)
    return documents_in(register)


def _check_is_sound(register: Path) -> None:
    with closing(sqlite3.connect(register)) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise zipfile.BadZipFile(f"its database is damaged ({found.splitlines()[-1]})")


def _check_documents(archive: zipfile.ZipFile, sizes: Mapping[str, int]) -> None:
    """Read every document once, which verifies its checksum.

    Raises `BadZipFile` if one is damaged or incomplete.
    """
    for key, size in sizes.items():
        with _entry(archive, DOCUMENTS + key) as entry:
            found = sum(len(chunk) for chunk in iter(lambda: entry.read(_CHUNK), b""))
        if found != size:
            raise zipfile.BadZipFile(f"document {key} has {found} bytes instead of {size}")


async def _store(archive: zipfile.ZipFile, keys: Iterable[str], storage: DocumentStorage, stored: list[str]) -> None:
    # All are checked first, so that other bytes under a document's key are found before anything is stored.
    for key in [key for key in keys if not await _exists(archive, key, storage)]:
        with tempfile.TemporaryFile() as file:
            _extract(archive, DOCUMENTS + key, file)
            file.seek(0)
            stored.append(key)
            await storage.put(key, file)


async def _exists(archive: zipfile.ZipFile, key: str, storage: DocumentStorage) -> bool:
    """Return whether the storage has the document already.

    Raises `RestoreFailed` if it has other bytes under its key.
    """
    chunks = await storage.find(key)
    if chunks is None:
        return False
    with _entry(archive, DOCUMENTS + key) as entry:
        same = all([chunk == entry.read(len(chunk)) async for chunk in chunks]) and not entry.read(1)
    if not same:
        raise RestoreFailed(f"the document storage has other bytes as {key}; use an empty storage")
    return True


@contextmanager
def _entry(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """Yield an entry to read, whose checksum is verified at its end."""
    try:
        found = archive.open(name)
    except KeyError:
        raise zipfile.BadZipFile(f"it does not contain {name}") from None
    with found:
        yield found


def _extract(archive: zipfile.ZipFile, name: str, file: IO[bytes]) -> None:
    with _entry(archive, name) as entry:
        shutil.copyfileobj(entry, file)


def _migrate(register: Path) -> None:
    database = Database(f"sqlite:///{register}", threads=1)
    try:
        upgrade(database)
        with database.writing() as connection:
            sessions.end_all(connection)  # some may have ended since the backup, for example by a new password
    finally:
        database.close()
