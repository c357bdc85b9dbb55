"""The bytes of a company's documents, copied into the storage of another register.

Each key is reserved in the target before its bytes are stored, and the reservation is removed in the transaction that
stores the document: an interrupted run leaves no bytes for good, and no sweeper deletes those of a document.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import Connection

from core.database.chunks import chunked
from core.database.database import Database
from core.documents import documents, uploads
from core.documents.storage import DocumentStorage
from core.operations.copying.objects import Copied, copy_objects
from core.operations.copying.register import CopyFailed
from core.text.plural import counted


class BytesElsewhere:
    """Bytes that are copied by other means, or that both registers share."""

    def __init__(self, target: Database) -> None:
        self._target = target

    def copy(self, sizes: Mapping[str, int]) -> Collection[str]:
        """Do nothing. Raises `CopyFailed` if the target is about to delete some of these."""
        discarded = self._target.read_now(lambda connection: documents.discarded_among(connection, list(sizes)))
        if discarded:
            raise CopyFailed(
                f"the target is about to delete the bytes of {counted(len(discarded), 'document')}"
                f" of a removed company, such as {discarded[0]}; use --storage, or wait until they have been swept"
            )
        return ()

    def claim(self, connection: Connection) -> None:
        """Do nothing."""

    def discard(self) -> None:
        """Do nothing."""


class CompanyBytes:
    """Copies bytes from one storage to another; `progress` is called with the number done and the total."""

    def __init__(
        self, target: Database, there: DocumentStorage, here: DocumentStorage, progress: Callable[[int, int], None]
    ) -> None:
        self._target, self._there, self._here, self._progress = target, there, here, progress
        self._reserved: set[str] = set()
        self._wanted: Collection[str] = ()
        self._missing: Collection[str] = ()

    def copy(self, sizes: Mapping[str, int]) -> Collection[str]:
        """Copy the missing objects.

        Raises `CopyFailed` if the target has other bytes, or the source twice has none.
        """
        copied = asyncio.run(self._copy_missing(sizes))
        if copied.taken or set(copied.missing).intersection(self._missing):
            copied.check()
        self._wanted, self._missing = sizes.keys(), copied.missing
        return copied.missing

    def claim(self, connection: Connection) -> None:
        """Claim the bytes of all documents of the last snapshot."""
        for some in chunked(sorted(self._reserved.intersection(self._wanted))):
            documents.claim_uploads(connection, some)

    def discard(self) -> None:
        """Remove the bytes that no document has claimed."""
        asyncio.run(self._release(sorted(self._reserved)))

    async def _copy_missing(self, sizes: Mapping[str, int]) -> Copied:
        keys = [key for key in sizes if key not in self._reserved]
        await self._release(self._target.read_now(lambda connection: documents.discarded_among(connection, keys)))
        absent = [key for key in keys if await self._here.size(key) is None]
        self._target.write_now(lambda connection: documents.reserve_uploads(connection, absent))
        self._reserved.update(absent)
        return await copy_objects(sizes, self._there, self._here, self._progress)

    async def _release(self, keys: Sequence[str]) -> None:
        for some in chunked(keys):
            await uploads.release(self._target, self._here, some)
