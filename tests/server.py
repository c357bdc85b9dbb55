"""A real gateway on a real socket, in a thread of the test process, so that tests speak HTTP and nothing else."""

import asyncio
import random
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path

import pytest
import uvicorn

from core.access import companies, keys, users
from core.database import postgresql
from core.database.database import Database
from core.database.migrations import upgrade
from core.database.watchdog import Watchdog
from core.documents.storage import DocumentStorage
from dialects.shared.dialect import Dialect
from gateway.app import build_app
from gateway.background_task import BackgroundTask
from gateway.enabled_dialects import views
from gateway.server.protocol import HttpProtocol
from gateway.settings import Settings

_random = random.SystemRandom()  # not the one that Hypothesis seeds alike in every process
_PORTS = range(20_000, 32_000)  # Linux and others give their outgoing connections ports from 32768 on
_PORTS_OF_A_PROCESS = 400
_kept: list[socket.socket] = []


@dataclass(frozen=True)
class Server:
    """A running gateway: where it listens, and its database and storage for what no dialect shows."""

    url: str
    settings: Settings
    database: Database

    @property
    def storage_folder(self) -> Path:
        return Path(self.settings.storage_url)

    def stored(self, prefix: str = "") -> list[bytes]:
        """The bytes of everything in the storage whose key starts so, in the order of the keys."""
        return asyncio.run(_stored(DocumentStorage(self.settings.storage_url), prefix))

    def bootstrap(self, company: str, email: str = "team@acme.example", password: str = "Secret123") -> str:
        """A new company with a team user; its key."""

        def make(connection) -> str:
            company_id = companies.ensure(connection, company)
            user_id = users.ensure_team_user(connection, company_id, email, password)
            return keys.issue(connection, company_id, user_id, "test")

        return self.database.write_now(make)


async def _stored(storage: DocumentStorage, prefix: str) -> list[bytes]:
    keys = sorted([key async for key, _size in storage.files() if key.startswith(prefix)])
    found = [await storage.find(key) for key in keys]  # what the sweeper removed meanwhile is not there
    return [b"".join([chunk async for chunk in chunks]) for chunks in found if chunks is not None]


def free_port() -> int:
    """Return a port on which nobody listens, and which no connection and no other test gets before it is used."""
    for port in _own_ports():
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("unreachable")


@cache
def _own_ports() -> Iterator[int]:
    """Ports in turn that no other process of tests takes, because this one keeps the first of them."""
    for first in iter(lambda: _random.choice(_PORTS[::_PORTS_OF_A_PROCESS]), None):
        keeping = socket.socket()
        try:
            keeping.bind(("127.0.0.1", first))
        except OSError:
            keeping.close()
        else:
            _kept.append(keeping)
            return cycle(range(first + 1, first + _PORTS_OF_A_PROCESS))
    raise AssertionError("unreachable")


@contextmanager
def serving_requests_only(database_url: str, folder: Path, **settings) -> Iterator[Server]:
    """Serve until the block ends, without background work: whatever is sent to the database is for a request."""

    async def nothing(_task: BackgroundTask) -> None:
        return

    with pytest.MonkeyPatch.context() as patch, pytest.MonkeyPatch.context() as unchecked:
        # A connection is also asked whether it is alive if it was idle for a second, or lets somebody wait for as long.
        unchecked.setattr(postgresql, "_TRUSTED_SECONDS", 3600)
        unchecked.setattr(Watchdog, "_start", lambda _watchdog: None)
        patch.setattr(BackgroundTask, "_marked", nothing)
        with serving(database_url, folder, **settings) as server:
            patch.undo()  # other servers of this process, which start later, have theirs
            yield server


@contextmanager
def serving(
    database_url: str, folder: Path, more: Sequence[Dialect] = (), loop: str = "auto", **settings
) -> Iterator[Server]:
    """Serve until the block ends, also the dialects given, on the event loop of that name."""
    port = free_port()
    # Seldom enough that the servers which a test process keeps open cost it little, soon enough for who waits for it.
    values = {"public_url": f"http://127.0.0.1:{port}", "housekeeping_seconds": 5, "access_log": False} | settings
    chosen = Settings(**{"database_url": database_url, "storage_url": str(folder / "documents")} | values)
    database = Database(database_url, views=cache(lambda: views(chosen)))
    upgrade(database)
    config = uvicorn.Config(
        build_app(chosen, more),
        port=port,
        loop=loop,
        http=HttpProtocol,
        ws="none",
        log_level="warning",
        lifespan="on",
        proxy_headers=False,
        timeout_keep_alive=75,  # as `gateway serve` has it; callers here keep connections for less
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)  # on the same event loop as `gateway serve`
    thread.start()
    try:
        _wait_until_up(port)
        yield Server(f"http://127.0.0.1:{port}", chosen, database)
    finally:
        server.should_exit = True
        thread.join(60)
        database.close()


def _wait_until_up(port: int) -> None:
    for _ in range(3000):  # a minute
        try:
            with socket.create_connection(("127.0.0.1", port), 0.2):
                return
        except OSError:
            threading.Event().wait(0.02)
    raise AssertionError("the server did not come up")
