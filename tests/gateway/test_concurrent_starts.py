"""Starting: one of many processes migrates, and an old program does not touch a newer schema."""

import os

import pytest
from sqlalchemy import text

from core.database.database import Database
from core.database.migrations import upgrade
from tests.gateway.command_line import CommandLine


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_one_of_many_concurrent_starts_migrates(engine, new_database, tmp_path):
    cli = CommandLine(new_database(engine), tmp_path)
    runs = [cli.start("import", "json", os.devnull, "--company", "none") for _ in range(6)]
    said = [run.communicate(timeout=300)[1] for run in runs]
    assert said == ["Error: There is no company yet; `gateway bootstrap` creates one.\n"] * 6
    database = Database(cli.database_url, threads=1)
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
    database.close()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_newer_schema_is_refused_in_one_sentence_and_left_unchanged(engine, new_database, tmp_path):
    cli = CommandLine(new_database(engine), tmp_path)
    database = Database(cli.database_url, threads=1)
    upgrade(database)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    process = cli.start("serve", "--port", "1")
    _out, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.startswith("Error: The database was migrated by a later version of this program (schema 9999, this one")
    assert len(said.splitlines()) == 1
    with database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    database.close()
