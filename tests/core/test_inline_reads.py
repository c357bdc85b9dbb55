"""Bounded reads of SQLite reuse earlier results until somebody commits."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import bindparam, text

from core.database.database import Database
from core.database.prepared import Prepared

HELD = Prepared(text("SELECT count FROM stock WHERE name = :name").bindparams(bindparam("name")))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "stock.db"


@pytest.fixture
def opened(file):
    with closing(Database(f"sqlite:///{file}", threads=1)) as database:
        run(database, "CREATE TABLE stock (name TEXT PRIMARY KEY, count INTEGER)")
        run(database, "INSERT INTO stock VALUES ('bolts', 1)")
        yield database


def run(database, sql):
    database.write_now(lambda connection: connection.exec_driver_sql(sql))


def found(database, name="bolts"):
    return asyncio.run(database.read(lambda connection: HELD.presumed(connection, name=name), bounded=True))


def test_an_unchanged_result_is_reused(opened):
    assert found(opened) == [(1,)]
    assert found(opened) is found(opened)


def test_a_commit_of_this_process_is_seen_by_the_next_read(opened):
    for count in range(2, 5):
        run(opened, f"UPDATE stock SET count = {count}")
        assert found(opened) == [(count,)]


def test_a_commit_of_another_process_is_seen_by_the_next_read(opened, file):
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        for count in range(2, 5):
            other.execute("UPDATE stock SET count = ?", (count,))
            assert found(opened) == [(count,)]


def test_a_missing_row_is_found_after_it_was_inserted(opened):
    assert found(opened, "nuts") == []
    run(opened, "INSERT INTO stock VALUES ('nuts', 7)")
    assert found(opened, "nuts") == [(7,)]


def test_a_bounded_read_can_also_run_sqlalchemy_statements(opened):
    async def both():
        return await opened.read(
            lambda connection: (HELD.presumed(connection, name="bolts"), connection.execute(text("SELECT 7")).scalar()),
            bounded=True,
        )

    assert asyncio.run(both()) == ([(1,)], 7)
