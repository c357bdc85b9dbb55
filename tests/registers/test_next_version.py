"""This version and the next one, which is this one with one more migration, on the same register."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import text

from core.database.database import Database
from core.database.migrations import head
from core.text.clock import now
from tests.gateway.command_line import ACME, KEY, CommandLine
from tests.process import GatewayProcess
from tests.releases import Releases
from tests.traffic import Traffic

NEXT = f"{int(head()) + 1:04}"
MIGRATION = '''"""a fax number of clients"""

import sqlalchemy as sa

from core.database.migrations.compatibility import {compatibility}
from core.database.migrations.steps import AddColumn, CreateIndex, CreateTable, DropColumn
from core.database.migrations.steps_of_rows import Backfill

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None

compatibility = {compatibility}
steps = [{steps}]
'''
EXPANSION = """
    AddColumn("clients", sa.Column("fax", sa.String(255), server_default="", nullable=False)),
    Backfill("clients", "fax = 'none'", "fax = ''"),
    CreateIndex("clients", "ix_clients_fax", ["company_id", "fax", "id"]),
    CreateTable("faxes", lambda: [sa.Column("id", sa.Integer(), primary_key=True), sa.Column("sheets", sa.Integer())]),
    CreateIndex("faxes", "ix_faxes_sheets", ["sheets"], where="sheets > 1"),
"""
HELD_SECONDS = 10.0  # for which a reader keeps a migration from a table
LONG = 'Backfill("changes", "survivor_id = survivor_id + 1", "survivor_id = 0 AND company_id < 0"),'
CONTRACTION = 'DropColumn("clients", sa.Column("extras", sa.JSON(), server_default="{}", nullable=False)),'


class Next:
    """The next version's program, on the register that a gateway of this version serves."""

    def __init__(self, running: GatewayProcess, folder: Path) -> None:
        self.running = running
        self.this = CommandLine(running.database_url, folder)
        self._releases = Releases(folder)
        self._folder = folder

    def has(self, steps: str, compatibility: str = "EXPANDS") -> None:
        """Give it a migration with these steps."""
        text = MIGRATION.format(revision=NEXT, before=head(), compatibility=compatibility, steps=steps)
        self._folder = self._releases.install_migration("next", NEXT, text)

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Have it rest after each batch of rows for so long that there is time to stop it before the next ones."""
        file = self._folder / "core" / "database" / "migrations" / "stepping.py"
        text = file.read_text()
        changed = re.sub(r"(?m)^_REST_SECONDS = .*$", "_REST_SECONDS = {True: 5.0, False: 5.0}", text)
        assert changed != text
        file.write_text(changed)
        try:
            yield
        finally:
            file.write_text(text)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start one of its commands."""
        arguments = [sys.executable, "-m", "gateway", *words]
        environment = os.environ | self.this.settings
        pipe = subprocess.PIPE
        return subprocess.Popen(arguments, env=environment, cwd=self._folder, stdout=pipe, stderr=pipe, text=True)

    def run(self, *words: str) -> tuple[int, str]:
        """Run one of its commands. Return its exit status and output."""
        process = self.start(*words)
        out, err = process.communicate(timeout=1200)
        return process.returncode, out + err


@pytest.fixture
def following(engine, new_register, tmp_path) -> Iterator[Next]:
    cli = CommandLine(new_register(engine), tmp_path)
    cli("bootstrap", *ACME, "--token", KEY)
    with GatewayProcess(cli.database_url, tmp_path) as running:
        yield Next(running, tmp_path)


def readiness(running: GatewayProcess) -> tuple[int, str]:
    answer = httpx.get(f"{running.url}/readyz", timeout=10)
    return answer.status_code, answer.json()["checks"].get("schema", "")


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_this_version_serves_while_the_next_one_expands_the_register_and_afterwards_and_the_way_back(following):
    following.has(EXPANSION)
    traffic = Traffic(following.running.port, KEY)
    with traffic.flowing():
        wait_for(lambda: traffic.statuses.total() > 100)
        status, plan = following.run("db", "upgrade", "--plan")
        assert (status, following.this("db", "current")) == (0, head())
        status, said = following.run("db", "upgrade")
        assert (status, following.this("db", "current")) == (0, NEXT), said
        time.sleep(2.5)  # servers look every second whether they may go on
        before = traffic.statuses.total()
        wait_for(lambda: traffic.statuses.total() > before + 100)
    assert traffic.failures == []
    assert set(traffic.statuses) == {200, 201}
    assert "fill in fax of clients: " in plan
    assert f"Gateways of the version before (schema {head()}) can serve during the migration and afterwards." in plan
    following.running.terminate()
    following.running.wait()
    following.running.start()  # this version on the register of the next one; it waits until it is ready
    assert following.this.run("db", "check").exit_code == 0
    assert following.this.run("db", "upgrade").exit_code == 0
    status, said = following.run("db", "downgrade")
    assert (status, "The downgrade would lose " in said, following.this("db", "current")) == (1, True, NEXT)
    status, said = following.run("db", "downgrade", "--discard-data")
    assert (status, following.this("db", "current")) == (0, head()), said
    assert following.this("check") == ""


def test_a_contraction_has_this_version_stop_before_anything_is_taken_and_the_way_back_has_it_go_on(following):
    following.has(CONTRACTION, "CONTRACTS")
    assert "cannot use the new schema: stop them first" in following.run("db", "upgrade", "--plan")[1]
    traffic = Traffic(following.running.port, KEY)
    with traffic.flowing():
        status, said = following.run("db", "upgrade")
        assert status == 0, said
        assert readiness(following.running)[0] == 503
        wait_for(lambda: 503 in traffic.statuses)
    assert f"migrated by a later version of this program (schema {NEXT}" in readiness(following.running)[1]
    assert traffic.failures == []
    assert set(traffic.statuses) <= {200, 201, 503}
    assert "requests are no longer answered: " in following.running.log.read_text()
    refused = following.this.run("token", "list")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert following.run("db", "downgrade")[0] == 0
    wait_for(lambda: readiness(following.running) == (200, ""))


def test_a_long_migration_can_be_stopped_and_goes_on_where_it_was(following):
    following.has(LONG)
    database = Database(following.this.database_url, threads=1)
    numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
    with database.writing() as connection:
        filled = f"{numbers} INSERT INTO changes (company_id, client_id, created_at) SELECT -1, i, :now FROM n"
        connection.execute(text(filled), {"now": now()})

    def count(condition: str) -> int:
        return int(database.read_now(lambda connection: connection.scalar(text(_COUNT + condition))))

    with following.resting():
        stopped = following.start("db", "upgrade")
        wait_for(lambda: count("survivor_id > 0") > 0)
        stopped.send_signal(signal.SIGTERM)
        said = stopped.communicate(timeout=60)[1]
    assert (stopped.returncode, "the same command continues from here" in said) == (130, True), said
    done = count("survivor_id > 0")
    assert 0 < done < 300_000
    assert following.this("db", "current") == head()
    wait_for(lambda: readiness(following.running) == (200, ""))
    status, said = following.run("db", "upgrade")
    assert (status, count("survivor_id = 1"), following.this("db", "current")) == (0, 300_000, NEXT), said
    database.close()


_COUNT = "SELECT count(*) FROM changes WHERE company_id = -1 AND "


@pytest.mark.engines("postgresql")
def test_nobody_waits_behind_a_migration_that_waits_for_a_table(following):
    following.has(EXPANSION)
    traffic = Traffic(following.running.port, KEY)
    with psycopg.connect(following.this.database_url) as reader, traffic.flowing():
        reader.execute("SELECT count(*) FROM clients")  # and its transaction stays open
        upgrade = following.start("db", "upgrade")
        wait_until_it_waits(following.this.database_url)
        time.sleep(HELD_SECONDS)
        assert upgrade.poll() is None
        reader.rollback()
        said = upgrade.communicate(timeout=60)[1]
    assert upgrade.returncode == 0, said
    assert traffic.failures == []
    assert set(traffic.statuses) == {200, 201}
    assert traffic.longest < HELD_SECONDS - 2  # on a machine that does other things as well


def wait_until_it_waits(database_url: str) -> None:
    """Wait until a transaction waits for the table of clients for itself alone, which it does only for a moment."""
    waiting = "FROM pg_locks WHERE relation = 'clients'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted"
    look = f"WHILE NOT EXISTS (SELECT {waiting}) LOOP PERFORM pg_sleep(0.01); END LOOP"
    with psycopg.connect(database_url) as looking:
        looking.execute("SET statement_timeout = '2min'")
        looking.execute(f"DO $$ BEGIN {look}; END $$")
