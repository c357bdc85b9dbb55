"""Bounded reads of SQLite, which reuse what they found before as long as nobody commits."""

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


def test_what_nobody_has_changed_is_not_looked_up_again(opened):
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


def test_what_was_not_there_is_found_once_it_is(opened):
    assert found(opened, "nuts") == []
    run(opened, "INSERT INTO stock VALUES ('nuts', 7)")
    assert found(opened, "nuts") == [(7,)]


def test_a_statement_of_sqlalchemy_is_run_beside(opened):
    async def both():
        return await opened.read(
            lambda connection: (HELD.presumed(connection, name="bolts"), connection.execute(text("SELECT 7")).scalar()),
            bounded=True,
        )

    assert asyncio.run(both()) == ([(1,)], 7)
