"""The document storage: one interface to a folder and to S3-compatible, Google and Azure object stores (obstore)."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from core.database.outages import storage_outage
from core.documents.folder import make_durable, make_folder_for, remove_unfinished_files, unfinished_files
from core.errors import Unavailable
from core.files import make_private_folder

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

CHUNK = 256 * 1024
# A large file is sent in parts of 5 MiB, the minimum of S3, and a part is in memory while it is sent. So only a few
# uploads are sent at the same time, one part of each. The others wait in their temporary files.
_UPLOAD_THREADS = 4
_PARTS_AT_ONCE = 1
_THREADS = 12  # for everything else, which an object store may let wait for seconds
# An object store that does not respond must soon become an error. A whole transfer has no practical limit, because a
# client may download slowly.
_TIMEOUT = timedelta(seconds=10)
_CLIENT: "ClientConfig" = {
    "allow_http": True,  # an endpoint without TLS is configured on purpose; every default endpoint has TLS
    "connect_timeout": timedelta(seconds=3),
    "read_timeout": _TIMEOUT,
    "timeout": timedelta(days=1),
}
_RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": _TIMEOUT}

_Result = TypeVar("_Result")

_SINGLE_SLASH = re.compile(
    r"(?:s3|s3a|gs|az|azure|abfss?|adl|https?|file):(?!//)"
)  # a misspelt URL, and not the name of a folder
_WANTED = "it is not a storage; use a folder, or s3://BUCKET/FOLDER, gs://BUCKET/FOLDER or az://CONTAINER/FOLDER"


def _object_store(url: str) -> ObjectStore:
    try:
        return from_url(url, client_options=_CLIENT, retry_config=_RETRIES)
    except BaseError as error:
        if "recognise URL" in str(error):
            raise ValueError(_WANTED) from error
        raise


class DocumentStorage:
    """Bytes by key.

    A URL without a scheme, or with `file://`, is a folder that is created if needed, for its owner only. Object stores
    take endpoint, region and credentials from the environment, by the names of their own tools (`AWS_…`, `GOOGLE_…`,
    `AZURE_…`), or from the machine they run on.

    obstore's own `async` functions are not used: they report from a thread that Python does not know and so does not
    wait for at its end, and Python before 3.14 then ends with SIGABRT now and then. The threads here are waited for.
    """

    def __init__(self, url: str) -> None:
        self._folder: Path | None = None
        if _SINGLE_SLASH.match(url):
            raise ValueError(_WANTED)
        if "://" not in url or url.startswith("file://"):
            self._folder = Path(url.removeprefix("file://")).resolve()
            make_private_folder(self._folder)
            self._store: ObjectStore = LocalStore(self._folder)
        else:
            self._store = _object_store(url)
        self._upload_threads = ThreadPoolExecutor(_UPLOAD_THREADS, thread_name_prefix="upload")
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="storage")

    async def put(self, key: str, file: IO[bytes]) -> None:
        """Store a file's bytes, streamed: all of them or none, and on the disk when this returns."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._upload_threads, self._put, key, file)
        except (OSError, BaseError) as error:
            raise storage_outage("the document storage does not accept the file", error) from error

    def _put(self, key: str, file: IO[bytes]) -> None:
        if self._folder is not None:
            make_folder_for(self._folder, key)
        self._store.put(key, file, max_concurrency=_PARTS_AT_ONCE)
        if self._folder is not None:
            make_durable(self._folder, key)

    async def open(self, key: str) -> AsyncIterator[bytes]:
        """Return the bytes in chunks. Raises `Unavailable`, before the first chunk, if they cannot be read."""
        chunks = await self.find(key)
        if chunks is None:
            raise Unavailable("the document storage does not have the file")
        return chunks

    async def find(self, key: str) -> AsyncIterator[bytes] | None:
        """Return the bytes in chunks; None if there are none. Raises `Unavailable` if that cannot be determined."""
        try:
            found = await self._in_thread(self._store.get, key)
        except FileNotFoundError:
            return None
        except (OSError, BaseError) as error:
            raise storage_outage("the document storage does not return the file", error) from error
        return self._chunks(found.stream(min_chunk_size=CHUNK))

    async def size(self, key: str) -> int | None:
        """Return how many bytes are stored under a key; None if there are none."""
        try:
            return int((await self._in_thread(self._store.head, key))["size"])
        except FileNotFoundError:
            return None
        except (OSError, BaseError) as error:
            raise storage_outage("the document storage does not answer", error) from error

    async def files(self) -> AsyncIterator[tuple[str, int]]:
        """Yield every key with its number of bytes."""
        try:
            async for batch in self._each(self._store.list()):
                for found in batch:
                    yield str(found["path"]), int(found["size"])
        except (OSError, BaseError) as error:
            raise storage_outage("the document storage does not list its files", error) from error

    async def unfinished_files(self) -> dict[str, str]:
        """Return unfinished files that crashes have left or uploads are writing, each with its future key."""
        return await self._in_thread(unfinished_files, self._folder) if self._folder is not None else {}

    async def delete(self, key: str) -> None:
        """Remove the bytes of a key and its unfinished files. It is not an error if there are none."""
        try:
            await self._in_thread(self._delete, key)
        except FileNotFoundError as error:
            # If the whole folder is missing (not mounted), it is unknown whether the file exists.
            if self._folder is not None and not self._folder.is_dir():
                raise storage_outage("the document storage is missing", error) from error
        except (OSError, BaseError) as error:
            raise storage_outage("the document storage does not delete the file", error) from error

    def _delete(self, key: str) -> None:
        if self._folder is not None:
            remove_unfinished_files(self._folder, key)
        self._store.delete(key)

    async def _chunks(self, stream: Iterable[Any]) -> AsyncIterator[bytes]:
        async for chunk in self._each(stream):
            yield bytes(chunk)

    async def _each(self, stream: Iterable[Any]) -> AsyncIterator[Any]:
        iterator = iter(stream)
        while (found := await self._in_thread(next, iterator, None)) is not None:
            yield found

    async def _in_thread(self, function: Callable[..., _Result], *arguments: object) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
