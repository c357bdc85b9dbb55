"""Manual migrations: upgrade, current, check, and servers and commands that do not migrate."""

import sqlite3
import zipfile
from pathlib import Path

import httpx
import pytest

from core.database.migrations import head
from tests.gateway.command_line import ACME, CommandLine, fresh
from tests.process import GatewayProcess

KEPT = Path(__file__).parents[1] / "registers" / "kept"
NEVER = {"GATEWAY_MIGRATE": "never"}


@pytest.fixture
def old(tmp_path) -> CommandLine:
    """A register of an earlier schema."""
    with zipfile.ZipFile(KEPT / "0024.zip") as kept:
        kept.extract("register.db", tmp_path)
    return fresh(tmp_path)


def dump(run: CommandLine) -> list[tuple[str, ...]]:
    """Return the register's schema and how many rows each table has."""
    with sqlite3.connect(run.folder / "register.db") as connection:
        schema = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        counts = [
            (name, *connection.execute(f"SELECT count(*) FROM {name}").fetchone())
            for name, sql in schema
            if str(sql).startswith("CREATE TABLE")
        ]
    connection.close()
    return [*schema, *counts]


def test_check_and_current_report_the_schema_and_change_nothing(old):
    before = dump(old)
    checked = old.run("db", "check")
    assert checked.exit_code == 1
    assert (
        f"has schema 0024, and this version needs {head()}; make a backup, then run `gateway db upgrade`"
        in checked.stderr
    )
    assert old("db", "current") == "0024"
    assert dump(old) == before


def test_a_plan_shows_the_migrations_and_changes_nothing(old):
    before = dump(old)
    plan = old("db", "upgrade", "--plan", **NEVER)
    assert plan.startswith(f"The register has schema 0024, and this version has {head()}. To be done:\n\n0026  ")
    assert "add column disabled_at of users: under a second; writers wait until the migration is done" in plan
    assert "Gateways of the version before (schema 0024) cannot use the new schema: stop them first." in plan
    assert plan.endswith("Way back: only a backup, so make one first.")
    assert dump(old) == before
    old("db", "upgrade")
    assert old("db", "upgrade", "--plan") == f"The register has schema {head()} already: there is nothing to do."


def test_a_schema_that_cannot_be_downgraded_is_not_changed(old):
    refused = old.run("db", "downgrade")
    assert (refused.exit_code, "schema 0024 has no way back; restore a backup" in refused.stderr.lower()) == (1, True)
    assert old("db", "current") == "0024"


def test_a_manual_upgrade_is_done_once(old):
    assert old.run("db", "upgrade", **NEVER).stderr == f"The register has schema {head()}; it had 0024.\n"
    assert old.run("db", "upgrade", **NEVER).stderr == f"The register has schema {head()} already.\n"
    assert (old("db", "current"), old.run("db", "check").exit_code) == (head(), 0)
    assert old("token", "list", **NEVER)


@pytest.mark.parametrize("words", [("token", "list"), ("bootstrap", *ACME), ("serve", "--port", "1"), ("check",)])
def test_without_automatic_migrations_another_schema_is_refused_in_one_sentence(old, words):
    refused = old.run(*words, **NEVER)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.count("\n") == 1
    assert "then run `gateway db upgrade`" in refused.stderr
    assert old("db", "current") == "0024"


def test_without_automatic_migrations_an_upgrade_creates_a_new_register(engine, new_database, tmp_path):
    made = CommandLine(new_database(engine), tmp_path)
    assert made.run("bootstrap", *ACME, **NEVER).exit_code == 1
    assert made.run("db", "upgrade", **NEVER).exit_code == 0
    assert made("bootstrap", *ACME, **NEVER)
    assert made("db", "current") == head()


def test_a_server_that_may_not_migrate_serves_its_own_schema(cli, tmp_path):
    with GatewayProcess(cli.database_url, tmp_path, migrate="never") as gateway:
        assert httpx.get(f"{gateway.url}/healthz").status_code == 200


def test_a_register_of_a_later_version_is_recognized(cli):
    with sqlite3.connect(cli.folder / "register.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for command in ("check", "upgrade", "current"):
        refused = cli.run("db", command)
        assert (refused.exit_code, "later version" in refused.stderr) == (1, True)


def test_read_only_commands_create_no_register(tmp_path):
    for command in ("check", "current", "vacuum"):
        assert fresh(tmp_path).run("db", command).exit_code == 1
    assert not (tmp_path / "register.db").exists()


def test_a_compacted_register_is_smaller_and_has_the_same_content(installed, engine):
    for number in range(150):
        installed.acme.new_v1(name=f"Client {number}", private_notes="x" * 4000)
    installed.run("companies", "remove", "Acme", "--yes")
    before = installed.globex.v1.get("/clients").json()
    said = installed.run.run("db", "vacuum")
    assert said.exit_code == 0, said.stderr
    assert installed.globex.v1.get("/clients").json() == before
    assert installed.run("check") == ""
    if engine == "sqlite":
        file = Path(installed.run.database_url.removeprefix("sqlite:///"))
        assert file.stat().st_size < 1_500_000
