"""Backup of an SQLite register with its documents into one archive, while the gateway serves.

The bytes of a document never change, so the archive first gets all documents and then a snapshot of the database.
Documents that were added meanwhile are copied after it; if one was removed meanwhile, the database is copied again,
until everything that it refers to is in the archive.

The archive is a zip file, so an incomplete or damaged one is recognised by its missing index or its checksums. It
contains `register.db` and `documents/<key>`.
"""

import asyncio
import contextlib
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator, Set
from pathlib import Path

from core.database.addresses import Address, address_of
from core.database.database import Database
from core.documents import documents
from core.documents.storage import DocumentStorage
from core.errors import RegisterError
from core.files import signals_as_interrupts
from core.operations.outputs import file_of, writing
from core.text.plural import counted

REGISTER = "register.db"
DOCUMENTS = "documents/"


class BackupFailed(RegisterError):
    """The backup failed; the text says why."""


def back_up(database: Database, storage: DocumentStorage, target: str, comment: bytes = b"") -> int:
    """Write the archive with a comment, without overwriting anything, and return the number of documents.

    It runs its own event loop. Raises `BackupFailed`, `NotWritten` and `Unavailable`.
    """
    check_address(database.address)
    with (
        writing(target, overwrite=False) as file,
        _scratch_folder(target) as folder,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
    ):
        archive.comment = comment
        return asyncio.run(_fill(archive, database, storage, folder / REGISTER))


def check_is_sqlite(url: str) -> None:
    """Raise `BackupFailed` if the register is not an SQLite database."""
    try:
        check_address(address_of(url))
    except ValueError:  # opening it reports that
        return


def check_address(address: Address) -> None:
    """Raise `BackupFailed` if the address is not of an SQLite database."""
    if not address.is_sqlite:
        raise BackupFailed(
            "only an SQLite register can be backed up this way; for PostgreSQL use pg_dump, and then copy the storage"
        )


def documents_in(register: Path) -> dict[str, int]:
    """Return the size of every document, by key, in a copied database that is not open elsewhere."""
    with contextlib.closing(sqlite3.connect(f"{register.absolute().as_uri()}?immutable=1", uri=True)) as connection:
        return dict(connection.execute("SELECT object_key, size FROM documents"))


async def _fill(archive: zipfile.ZipFile, database: Database, storage: DocumentStorage, snapshot: Path) -> int:
    copied: dict[str, int] = {}
    vanished: Set[str] = set()
    await _copy(archive, storage, (await database.read(documents.all_keys))[0].keys(), copied)
    while True:
        _copy_register(database, snapshot)
        sizes = documents_in(snapshot)
        needed = sizes.keys()
        if lost := needed & vanished:
            raise BackupFailed(f"{counted(len(lost), 'document')} without bytes; `gateway check` lists them")
        vanished = await _copy(archive, storage, needed - copied.keys(), copied)
        if not vanished:
            if damaged := [key for key in needed if copied[key] != sizes[key]]:
                raise BackupFailed(
                    f"{counted(len(damaged), 'document')} with other bytes than were stored; `gateway check` lists them"
                )
            archive.write(snapshot, REGISTER, zipfile.ZIP_DEFLATED)
            return len(needed)


async def _copy(archive: zipfile.ZipFile, storage: DocumentStorage, keys: Set[str], copied: dict[str, int]) -> Set[str]:
    """Copy documents into the archive and note their sizes. Return the keys that no longer exist."""
    vanished = set()
    for key in keys:
        chunks = await storage.find(key)
        if chunks is None:
            vanished.add(key)
            continue
        copied[key] = 0
        with archive.open(DOCUMENTS + key, "w", force_zip64=True) as entry:
            async for chunk in chunks:
                entry.write(chunk)
                copied[key] += len(chunk)
    return vanished


def _copy_register(database: Database, snapshot: Path) -> None:
    # Unlike a copy of the pages, this leaves out deleted data that is not overwritten yet.
    snapshot.unlink(missing_ok=True)
    try:
        with contextlib.closing(sqlite3.connect(str(database.file), timeout=30)) as connection:
            connection.execute("VACUUM INTO ?", (str(snapshot),))
    except sqlite3.Error as error:
        raise BackupFailed(f"the register cannot be copied: {error}") from error


@contextlib.contextmanager
def _scratch_folder(target: str) -> Iterator[Path]:
    """Yield a folder for the copy of the register, on the disk of the archive, which needs as much space anyway."""
    file = file_of(target)
    parent = file.parent if file is not None else None
    with signals_as_interrupts(), tempfile.TemporaryDirectory(prefix=".gateway-", dir=parent) as folder:
        yield Path(folder)
