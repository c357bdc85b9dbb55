"""An S3-compatible object store on a real socket, in a thread of the test process."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest

_buckets = itertools.count(1)


@dataclass
class ObjectStore:
    """Where it listens, and what a gateway in a process of its own needs to find it."""

    port: int = 0

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, with the objects of before: at the port of before, or at a free one."""
        from moto.server import ThreadedMotoServer  # most tests need no store, and its import takes long

        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self._server.start()
        self.port = self._server.get_host_and_port()[1]

    def stop(self) -> None:
        """Refuse connections."""
        self._server.stop()

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables by which S3's own tools find a store."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }

    def new_bucket(self) -> str:
        """The `GATEWAY_STORAGE_URL` of a folder in an empty bucket."""
        name = f"bucket-{next(_buckets)}"
        httpx.put(f"{self.url}/{name}").raise_for_status()
        return f"s3://{name}/documents"


@contextmanager
def serving_objects() -> Iterator[ObjectStore]:
    """Serve until the block ends, within which this process finds the store."""
    store = ObjectStore()
    store.start()
    try:
        with pytest.MonkeyPatch.context() as environment:
            for name, value in store.environment.items():
                environment.setenv(name, value)
            yield store
    finally:
        store.stop()
