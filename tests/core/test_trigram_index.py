"""The trigram index of an SQLite register is merged by its writers, a little with every commit."""

from contextlib import closing

import pytest
from sqlalchemy import text

from core.access import companies
from core.access.keys import operator
from core.clients import clients
from core.database.database import Database
from core.database.migrations import upgrade

SEGMENTS = text("SELECT DISTINCT segid FROM client_search_grams_idx")
SETTING = "SELECT v FROM client_search_grams_config WHERE k = '{}'"


@pytest.fixture
def register(tmp_path):
    with closing(Database(f"sqlite:///{tmp_path / 'register.db'}")) as opened:
        upgrade(opened)
        yield opened


def _create(register: Database, count: int) -> set[int]:
    """Create clients, each with its own commit. Return the numbers of segments that the index then has."""
    company = register.write_now(lambda connection: companies.ensure(connection, "Acme"))
    for number in range(count):
        register.write_now(lambda c, n=number: clients.create(c, operator(company), {"name": f"Client number {n}"}))
    return register.read_now(lambda connection: set(connection.scalars(SEGMENTS)))


def test_commits_leave_few_index_segments(register):
    assert len(_create(register, 15)) <= 8  # with one client more, FTS5 would merge by itself


def test_merged_segments_are_not_merged_again_soon(register):
    first = _create(register, 9)
    assert len(first) == 2  # the first eight together, and the last one's
    assert first & _create(register, 40)


@pytest.mark.parametrize(
    ("revision", "setting", "before", "now"), [("0015", "automerge", 4, 0), ("0016", "usermerge", 4, 8)]
)
def test_a_register_of_an_earlier_version_merges_segments_as_a_new_one_does(register, revision, setting, before, now):
    def found(connection):
        return connection.scalar(text(SETTING.format(setting)))

    def as_before(connection):
        configure = f"INSERT INTO client_search_grams (client_search_grams, rank) VALUES ('{setting}', {before})"
        connection.execute(text(configure))
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))

    assert register.read_now(found) == now
    register.write_now(as_before)
    assert register.read_now(found) == before
    upgrade(register, "0017")  # the tables are newer than the number says, which later migrations would not expect
    assert register.read_now(found) == now
