"""Documents' bytes from one storage to another."""

import asyncio
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.database.database import Database
from core.documents import documents
from core.documents.storage import DocumentStorage
from core.operations.copying.register import CopyFailed
from core.text.plural import counted

_AT_ONCE = 8


@dataclass(frozen=True)
class Copied:
    """How many documents there are, and the keys of those whose bytes were brought."""

    documents: int
    brought: frozenset[str]


async def remove_surplus(database: Database, storage: DocumentStorage, keys: Iterable[str]) -> None:
    """Remove those of these bytes again that belong to no document of a database."""
    sizes, _ = await database.read(documents.every_key)
    for key in keys:
        if key not in sizes:
            await storage.delete(key)


async def copy_objects(
    database: Database,
    source: DocumentStorage,
    target: DocumentStorage,
    progress: Callable[[int, int], None],
    whole: bool = True,
) -> Copied:
    """Bring the bytes of every document of a database to the target, without those that are there.

    `progress` hears how many of how many are done. A document's bytes never change, so one of its size is it. Raises
    `Unavailable`, and where the `whole` is wanted `CopyFailed` if documents have no bytes in the source or others in
    the target, which stay, once all others are copied.
    """
    sizes, _ = await database.read(documents.every_key)
    turns, done = asyncio.Semaphore(_AT_ONCE), 0
    brought: list[str] = []
    missing: list[str] = []
    taken: list[str] = []

    async def bring(key: str) -> None:
        nonlocal done
        async with turns:
            there = await target.size(key)
            if there is None:
                found = await _bring(key, sizes[key], source, target)
                (brought if found else missing).append(key)
            elif there != sizes[key]:
                taken.append(key)
        done += 1
        progress(done, len(sizes))

    async with asyncio.TaskGroup() as group:
        for key in sizes:
            group.create_task(bring(key))
    if missing and whole:
        raise CopyFailed(
            f"{counted(len(missing), 'document')} without all bytes in the source; `gateway check` names them"
        )
    if taken and whole:
        raise CopyFailed(
            f"the target holds other bytes of {counted(len(taken), 'document')}, {taken[0]} for one;"
            " name an empty storage"
        )
    return Copied(len(sizes), frozenset(brought))


async def _bring(key: str, size: int, source: DocumentStorage, target: DocumentStorage) -> bool:
    chunks = await source.find(key)
    if chunks is None:
        return False
    with tempfile.TemporaryFile() as file:
        async for chunk in chunks:
            await asyncio.to_thread(file.write, chunk)
        if file.tell() != size:
            return False
        file.seek(0)
        await target.put(key, file)
    return True
