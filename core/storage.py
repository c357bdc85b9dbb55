"""The document storage: one API over a folder and S3-compatible, Google and Azure object stores (obstore)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import IO

import imagesize
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from core import documents
from core.database import Database
from core.documents import StoredFile
from core.errors import Unavailable

CHUNK = 256 * 1024


class DocumentStorage:
    """Bytes by key. A URL without a scheme, or with `file://`, is a folder that is made if need be."""

    def __init__(self, url: str) -> None:
        if "://" not in url or url.startswith("file://"):
            folder = Path(url.removeprefix("file://")).resolve()
            self._store: ObjectStore = LocalStore(folder, mkdir=True)
        else:
            self._store = from_url(url)

    async def put(self, key: str, file: IO[bytes]) -> None:
        """Store a file's bytes, streamed; all of them or none."""
        try:
            await self._store.put_async(key, file)
        except (OSError, BaseError) as error:
            raise Unavailable("the document storage does not take the file") from error

    async def open(self, key: str) -> AsyncIterator[bytes]:
        """The bytes in chunks. Raises `Unavailable` before the first chunk if they cannot be had."""
        try:
            found = await self._store.get_async(key)
        except (OSError, BaseError) as error:
            raise Unavailable("the document storage does not give the file") from error
        return _chunks(found.stream(min_chunk_size=CHUNK))

    async def delete(self, key: str) -> None:
        """Remove the bytes; removing what is not there is no error."""
        try:
            await self._store.delete_async(key)
        except FileNotFoundError:
            return
        except (OSError, BaseError) as error:
            raise Unavailable("the document storage does not delete the file") from error


async def _chunks(stream: AsyncIterator[object]) -> AsyncIterator[bytes]:
    async for chunk in stream:
        yield bytes(chunk)  # type: ignore[call-overload]


async def store_uploads(
    database: Database, storage: DocumentStorage, company_id: int, files: Sequence[tuple[str, IO[bytes]]]
) -> list[StoredFile]:
    """Bring uploaded files (filename, open file) into the storage, noted for sweeping until a document takes them."""
    named = [(documents.clean_name(filename), file) for filename, file in files]
    keys = [documents.new_object_key(company_id, name) for name, _ in named]
    await database.write(lambda connection: documents.note_uploads(connection, keys))
    stored = []
    for key, (name, file) in zip(keys, named, strict=True):
        size, width, height = await asyncio.to_thread(_measure, file)
        await storage.put(key, file)
        stored.append(StoredFile(key, name, size, width, height))
    return stored


async def release(database: Database, storage: DocumentStorage, files: list[StoredFile]) -> None:
    """Remove uploads that no document took."""
    await _sweep_keys(database, storage, [file.object_key for file in files])


async def sweep(database: Database, storage: DocumentStorage) -> int:
    """Delete the bytes of everything discarded and due; the number of objects."""
    keys = await database.read(documents.due_for_sweeping)
    await _sweep_keys(database, storage, keys)
    return len(keys)


async def _sweep_keys(database: Database, storage: DocumentStorage, keys: list[str]) -> None:
    for key in keys:
        await storage.delete(key)
    if keys:
        await database.write(lambda connection: documents.forget_swept(connection, keys))


def _measure(file: IO[bytes]) -> tuple[int, int, int]:
    size = file.seek(0, 2)
    file.seek(0)
    width, height = imagesize.get(file)
    file.seek(0)
    return size, max(0, int(width)), max(0, int(height))
