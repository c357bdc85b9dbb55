"""Uploads: stores and removes the bytes of documents. `core.documents.documents` explains why no crash leaks any."""

import asyncio
from collections.abc import Sequence
from typing import IO

from core.database.database import Database
from core.documents import documents
from core.documents.documents import StoredFile
from core.documents.storage import DocumentStorage
from core.errors import Unavailable


async def store_uploads(
    database: Database, storage: DocumentStorage, company_id: int, files: Sequence[tuple[str, IO[bytes]]]
) -> list[StoredFile]:
    """Store uploaded files (filename, open file). Their keys are reserved until a document claims them."""
    named = [(documents.clean_name(filename), file) for filename, file in files]
    keys = [documents.new_object_key(company_id, name) for name, _ in named]
    await database.write(lambda connection: documents.reserve_uploads(connection, keys))
    stored = []
    try:
        for key, (name, file) in zip(keys, named, strict=True):
            size, width, height = await asyncio.to_thread(_measure, file)
            await storage.put(key, file)
            stored.append(StoredFile(key, name, size, width, height))
    except Unavailable:
        await release(database, storage, keys)
        raise
    return stored


async def store_under(
    database: Database, storage: DocumentStorage, company_id: int, hash_name: str, name: str, file: IO[bytes]
) -> StoredFile:
    """Store one file of another system, if possible under the name that its bytes have there.

    Its key is reserved until a document claims it. A reservation left by an interrupted run is removed first.
    """
    key = documents.object_key(company_id, hash_name)
    if key is not None:
        await release(database, storage, [key])
    if key is None or await storage.size(key) is not None:
        key = documents.new_object_key(company_id, documents.clean_name(name))
    reserved_key = key
    await database.write(lambda connection: documents.reserve_uploads(connection, [reserved_key]))
    size = file.seek(0, 2)
    file.seek(0)
    await storage.put(reserved_key, file)
    return StoredFile(reserved_key, documents.clean_name(name), size)


async def release(database: Database, storage: DocumentStorage, keys: Sequence[str]) -> None:
    """Remove uploads that no document has claimed, as far as the database and the storage allow now.

    Only the database can tell whether a document has claimed them: the connection may break after a commit and before
    its answer.
    """
    try:
        await _sweep_keys(
            database, storage, await database.write(lambda connection: documents.make_due(connection, keys))
        )
    except Unavailable:
        return  # they stay reserved, and housekeeping sweeps them when they are due


async def sweep(database: Database, storage: DocumentStorage) -> int:
    """Delete the bytes of all discarded objects that are due, and return their number. Raises `Unavailable`."""
    keys = await database.read(documents.due_for_sweeping)
    return await _sweep_keys(database, storage, keys)


async def _sweep_keys(database: Database, storage: DocumentStorage, keys: Sequence[str]) -> int:
    swept: list[str] = []
    try:
        for key in keys:
            await storage.delete(key)
            swept.append(key)
    finally:
        if swept:
            await database.write(lambda connection: documents.delete_swept(connection, swept))
    return len(swept)


def _measure(file: IO[bytes]) -> tuple[int, int, int]:
    import imagesize  # imported late: it imports XML for SVG, and many processes never receive an upload

    size = file.seek(0, 2)
    file.seek(0)
    width, height = imagesize.get(file)
    file.seek(0)
    return size, max(0, int(width)), max(0, int(height))
