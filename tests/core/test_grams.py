"""The trigram index of an SQLite register is merged by those who write it, a bit with every commit."""

from contextlib import closing

import pytest
from sqlalchemy import text

from core import clients, companies
from core.database import Database
from core.keys import operator
from core.migrations import upgrade

SEGMENTS = text("SELECT count(DISTINCT segid) FROM client_search_grams_idx")
MERGES_BY_ITSELF = text("SELECT v FROM client_search_grams_config WHERE k = 'automerge'")


@pytest.fixture
def register(tmp_path):
    with closing(Database(f"sqlite:///{tmp_path / 'register.db'}")) as opened:
        upgrade(opened)
        yield opened


def _scalar(register: Database, statement):
    return register.read_now(lambda connection: connection.execute(statement).scalar())


def test_commits_leave_few_segments_behind(register):
    company = register.write_now(lambda connection: companies.ensure(connection, "Acme"))
    for number in range(15):  # one more than these, and FTS5 would merge whatever is asked of it
        register.write_now(lambda c, n=number: clients.create(c, operator(company), {"name": f"Client number {n}"}))
    assert _scalar(register, SEGMENTS) <= 6
    assert _scalar(register, MERGES_BY_ITSELF) == 0


def test_an_older_register_no_longer_merges_by_itself(register):
    def as_before(connection):
        automerge = "INSERT INTO client_search_grams (client_search_grams, rank) VALUES ('automerge', 4)"
        connection.execute(text(automerge))
        connection.execute(text("UPDATE alembic_version SET version_num = '0015'"))

    register.write_now(as_before)
    assert _scalar(register, MERGES_BY_ITSELF) == 4
    upgrade(register)
    assert _scalar(register, MERGES_BY_ITSELF) == 0
