"""Copies documents' bytes from one storage to another."""

import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.documents.storage import DocumentStorage
from core.operations.copying.register import CopyFailed
from core.text.plural import counted

_AT_ONCE = 8


@dataclass(frozen=True)
class Copied:
    """Keys of documents whose bytes were `copied`, are `missing` in the source, or differ in the target (`taken`)."""

    copied: Sequence[str]
    missing: Sequence[str]
    taken: Sequence[str]

    def check(self) -> None:
        """Raise `CopyFailed` unless all documents have their bytes in the target."""
        if self.missing:
            raise CopyFailed(
                f"{counted(len(self.missing), 'document')} with missing bytes in the source; `gateway check` lists them"
            )
        if self.taken:
            raise CopyFailed(
                f"the target has other bytes of {counted(len(self.taken), 'document')}, {self.taken[0]} for example;"
                " use an empty storage"
            )


async def copy_objects(
    sizes: Mapping[str, int], source: DocumentStorage, target: DocumentStorage, progress: Callable[[int, int], None]
) -> Copied:
    """Copy documents' bytes, given their sizes by key, to the target, except those that are there.

    `progress` is called with the number done and the total. The bytes of a document never change, so an object of the
    same size is the same, and any other object under its key stays. Raises `Unavailable`.
    """
    turns, done = asyncio.Semaphore(_AT_ONCE), 0
    copied: list[str] = []
    missing: list[str] = []
    taken: list[str] = []

    async def bring(key: str) -> None:
        nonlocal done
        async with turns:
            there = await target.size(key)
            if there is None:
                found = await _copy_object(key, sizes[key], source, target)
                (copied if found else missing).append(key)
            elif there != sizes[key]:
                taken.append(key)
        done += 1
        progress(done, len(sizes))

    async with asyncio.TaskGroup() as group:
        for key in sizes:
            group.create_task(bring(key))
    return Copied(copied, missing, taken)


async def _copy_object(key: str, size: int, source: DocumentStorage, target: DocumentStorage) -> bool:
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
