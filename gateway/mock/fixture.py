"""The register with which a mock starts, stored in `fixture.zip` because creating it takes too long.

`python -m gateway.mock.fixture` creates it again through the public API, and replaces the file only if the contents
differ.
"""

import asyncio
import io
import sqlite3
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from sqlalchemy import Connection

from core.access import companies, keys, users
from core.clients import categories
from core.database.database import Database
from core.database.migrations import upgrade
from gateway.contract.stock import stock
from gateway.mock.application import MockApplication
from gateway.mock.register import (
    DOCUMENTS,
    EMPTY_KEY,
    FIXTURE,
    KEY,
    OTHER_KEY,
    PASSWORD,
    REGISTER,
    settings_of,
)
from gateway.mock.sources import Sources, deterministic

COMPANIES = {KEY: ("Mock Company", 12), OTHER_KEY: ("Another Company", 3), EMPTY_KEY: ("Empty Company", 0)}
_NOT_COMPARED = ("users", "rendering_walks")  # they contain random salts, and the progress of background work
_TIMEOUT_SECONDS = 30


def main() -> None:
    """Replace the stored fixture if this version would create other contents."""
    made = make()
    if not FIXTURE.exists() or rows_of(FIXTURE.read_bytes()) != rows_of(made):
        FIXTURE.write_bytes(made)
        print(f"Updated {FIXTURE}", file=sys.stderr)


def make() -> bytes:
    """Return a ZIP archive of a new fixture: the SQLite database and the files of its documents."""
    with TemporaryDirectory(prefix="gateway-mock-") as name:
        folder = Path(name)
        with deterministic(Sources()) as sources:
            _bootstrap(folder)
            with _serving(MockApplication(folder, sources, None)) as url:
                for key, (_, clients) in COMPANIES.items():
                    if clients:
                        stock(url, key, clients)
        return _archived(folder)


def rows_of(archive: bytes) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of a fixture by table, without tables whose rows differ each time it is created."""
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        database = sqlite3.connect(":memory:")
        database.deserialize(content.read(REGISTER))
        tables = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        plain = [name for name, sql in tables if "VIRTUAL" not in sql and not name.startswith("client_search_grams")]
        names = [name for name in plain if name not in _NOT_COMPARED]
        found = {name: sorted(database.execute(f"SELECT * FROM {name}"), key=repr) for name in names}  # noqa: S608
        database.close()
    return found


def _bootstrap(folder: Path) -> None:
    database = Database(settings_of(folder, "http://127.0.0.1").database_url, threads=1)
    upgrade(database)

    def unit(connection: Connection) -> None:
        for key, (name, _) in COMPANIES.items():
            company_id = companies.ensure(connection, name)
            user_id = users.ensure_team_user(connection, company_id, "team@mock.example", PASSWORD)
            keys.issue(connection, company_id, user_id, "mock", key)
            categories.add(connection, company_id, "Wholesale")

    database.write_now(unit)
    database.close()


@contextmanager
def _serving(application: MockApplication) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise OSError("the mock that creates the fixture did not start")
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_TIMEOUT_SECONDS)


def _archived(folder: Path) -> bytes:
    with sqlite3.connect(folder / REGISTER, isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # in memory there is no write-ahead log
        connection.execute("VACUUM")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / REGISTER, REGISTER)
        for file in sorted(path for path in (folder / DOCUMENTS).rglob("*") if path.is_file()):
            archive.write(file, str(file.relative_to(folder)))
    return buffer.getvalue()


if __name__ == "__main__":
    main()
