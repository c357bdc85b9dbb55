"""Documents' bytes from one storage to another."""

import asyncio
import tempfile
from collections.abc import Callable

from core.database.database import Database
from core.documents import documents
from core.documents.storage import DocumentStorage
from core.operations.copying.register import CopyFailed
from core.text.plural import counted

_AT_ONCE = 8


async def copy_objects(
    database: Database, source: DocumentStorage, target: DocumentStorage, progress: Callable[[int, int], None]
) -> int:
    """Bring the bytes of every document to the target, without those that are there; the number of documents.

    `progress` is called with how many of how many are done. A document's bytes never change, so one of its size is it.
    Raises `CopyFailed` if documents have no bytes in the source or others in the target, which stay, once all others
    are copied, and `Unavailable`.
    """
    sizes, _ = await database.read(documents.every_key)
    turns, missing, taken, done = asyncio.Semaphore(_AT_ONCE), [], [], 0

    async def bring(key: str) -> None:
        nonlocal done
        async with turns:
            there = await target.size(key)
            if there is None and not await _bring(key, sizes[key], source, target):
                missing.append(key)
            elif there not in (None, sizes[key]):
                taken.append(key)
        done += 1
        progress(done, len(sizes))

    async with asyncio.TaskGroup() as group:
        for key in sizes:
            group.create_task(bring(key))
    if missing:
        raise CopyFailed(
            f"{counted(len(missing), 'document')} without all bytes in the source; `gateway check` names them"
        )
    if taken:
        raise CopyFailed(
            f"the target holds other bytes of {counted(len(taken), 'document')}, {taken[0]} for one;"
            " name an empty storage"
        )
    return len(sizes)


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
