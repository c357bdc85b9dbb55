"""A consistent copy of an SQLite register with its documents in one archive, taken while the gateway serves.

A document's bytes never change, so the archive first gets all documents there are and then the database as of one
moment. What came between is copied after it; if a document was erased between, the database is copied anew, until
everything it names is in the archive. The archive is a zip file, whose index at the end and checksums tell a whole
copy from a broken one: `register.db` and `documents/<key>`.
"""

import asyncio
import contextlib
import os
import sqlite3
import zipfile
from collections.abc import Iterator, Set
from pathlib import Path

from core import documents
from core.database import Database
from core.errors import RegisterError
from core.folder import wait_for_disk
from core.storage import DocumentStorage

REGISTER = "register.db"
DOCUMENTS = "documents/"


class BackupFailed(RegisterError):
    """No backup was made; the text says why."""


def back_up(database: Database, storage: DocumentStorage, target: Path) -> int:
    """Write the archive, which appears whole or not at all; the number of documents. It runs its own event loop.

    Raises `BackupFailed`, `Unavailable` and `OSError`.
    """
    if not database.is_sqlite:
        raise BackupFailed("only an SQLite register is copied; for PostgreSQL use pg_dump and then copy the storage")
    if target.exists():
        raise BackupFailed(f"{target} exists already")
    with (
        _appearing(target) as partial,
        _vanishing(target.with_name(f"{target.name}.db")) as snapshot,
        zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive,
    ):
        return asyncio.run(_fill(archive, database, storage, snapshot))


def documents_in(register: Path) -> dict[str, int]:
    """Bytes of every document, by key, in a copied database that nobody has open."""
    with contextlib.closing(sqlite3.connect(f"{register.absolute().as_uri()}?immutable=1", uri=True)) as connection:
        return dict(connection.execute("SELECT object_key, size FROM documents"))


async def _fill(archive: zipfile.ZipFile, database: Database, storage: DocumentStorage, snapshot: Path) -> int:
    copied: set[str] = set()
    vanished: Set[str] = set()
    await _copy(archive, storage, (await database.read(documents.every_key))[0].keys(), copied)
    while True:
        _copy_register(database, snapshot)
        needed = documents_in(snapshot).keys()
        if lost := needed & vanished:
            raise BackupFailed(f"{len(lost)} documents have no bytes; `gateway check` names them")
        vanished = await _copy(archive, storage, needed - copied, copied)
        if not vanished:
            archive.write(snapshot, REGISTER, zipfile.ZIP_DEFLATED)
            return len(needed)


async def _copy(archive: zipfile.ZipFile, storage: DocumentStorage, keys: Set[str], copied: set[str]) -> Set[str]:
    """Bring documents into the archive; the keys that are there no longer."""
    vanished = set()
    for key in keys:
        chunks = await storage.find(key)
        if chunks is None:
            vanished.add(key)
            continue
        with archive.open(DOCUMENTS + key, "w", force_zip64=True) as entry:
            async for chunk in chunks:
                entry.write(chunk)
        copied.add(key)
    return vanished


def _copy_register(database: Database, snapshot: Path) -> None:
    # Unlike a copy page by page, this leaves out what was deleted and only not yet overwritten.
    snapshot.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(str(database.engine.url.database), timeout=30)) as connection:
        connection.execute("VACUUM INTO ?", (str(snapshot),))


@contextlib.contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A path to write to that becomes the target, on the disk, if all goes well."""
    with _vanishing(target.with_name(f"{target.name}.partial")) as partial:
        partial.touch(mode=0o600)  # it holds all there is, password hashes among them
        yield partial
        put_in_place(partial, target)


@contextlib.contextmanager
def _vanishing(path: Path) -> Iterator[Path]:
    path.unlink(missing_ok=True)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def put_in_place(written: Path, target: Path) -> None:
    """Rename a written file, and wait until bytes and name are on the disk."""
    wait_for_disk(written)
    os.replace(written, target)
    wait_for_disk(target.parent)
