"""A locked, a full and a read-only SQLite database, simulated by SQLite itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url

from tests.drivers import Company, new_company
from tests.faults.outages import (
    READY,
    WAIT,
    documents_of,
    files,
    is_outage,
    is_well,
    read_through_each,
    ready,
    statuses,
    until,
    upload,
    write_through_each,
)
from tests.server import serving


@pytest.fixture
def company(new_register, tmp_path) -> Iterator[Company]:
    with serving(new_register("sqlite"), tmp_path, database_wait_seconds=WAIT) as server:
        made = new_company(server)
        yield made
        made.close()


@contextmanager
def every_transaction_with(company: Company, pragma: str, meanwhile: object, afterwards: object) -> Iterator[None]:
    """Begin every transaction of the gateway with a pragma, so that SQLite fails as on a faulty disk.

    A pragma applies to one connection of several, so each transaction sets it again until the end of the test.
    """
    path = make_url(company.server.settings.database_url).database
    value = meanwhile

    def prepare(connection: Connection) -> None:
        if connection.engine.url.database == path:
            connection.exec_driver_sql(f"PRAGMA {pragma}={value}")

    event.listen(Engine, "begin", prepare)
    try:
        yield
    finally:
        value = afterwards


@contextmanager
def locked(company: Company) -> Iterator[None]:
    """Another process holds the write lock."""
    other = sqlite3.connect(make_url(company.server.settings.database_url).database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


def full(company: Company) -> AbstractContextManager[None]:
    """No page can be added to the database."""
    # SQLite raises a limit of 1 to the present number of pages.
    return every_transaction_with(company, "max_page_count", meanwhile=1, afterwards=1_000_000)


def read_only(company: Company) -> AbstractContextManager[None]:
    """Nothing can be written."""
    return every_transaction_with(company, "query_only", meanwhile=1, afterwards=0)


@pytest.mark.parametrize("outage", [locked, read_only])
def test_writes_are_503_and_reads_continue_while_the_database_is_locked_or_read_only(company, outage):
    client = company.new_v1()
    assert upload(company, client["id"]).status_code == 200
    total, stored = total_of(company), files(company)
    with outage(company):
        until(lambda: ready(company)[0] == 503)  # a transaction that had begun may take one more write
        assert all(is_outage(answer) for answer in write_through_each(company))
        assert is_outage(upload(company, client["id"]))
        assert is_unharmed(company, client["id"], total)
        assert ready(company) == (503, READY[1] | {"database": "unavailable"})
    assert is_well(company)
    assert documents_of(company, client["id"]) == [b"bytes"]
    assert files(company) == stored


def test_a_write_to_a_full_database_is_a_507_and_leaves_nothing(company):
    client = company.new_v1()
    assert upload(company, client["id"]).status_code == 200
    total = total_of(company)
    legacy = {"first_name": "Jane", "last_name": "Doe", "email": "jane@acme.example", "client_description": LONG}
    with full(company):
        assert is_outage(company.api.post("/clients", json=legacy), 507)
        assert is_outage(company.v1.post("/clients", json={"name": "Acme", "private_notes": LONG}), 507)
        assert is_unharmed(company, client["id"], total)
        taken = uploads_until_refused(company, client["id"])
        assert documents_of(company, client["id"]) == [b"bytes"] * taken
        assert len(files(company)) == taken
    assert is_well(company)
    assert len(files(company)) == taken


LONG = "x" * 30_000


def uploads_until_refused(company: Company, client_id: str) -> int:
    """Fill the half-empty pages. Return how many documents the client then has."""
    taken = 1
    while (answer := upload(company, client_id)).status_code == 200:
        taken += 1
        assert taken < 500
    assert is_outage(answer, 507)
    return taken


def total_of(company: Company) -> int:
    return company.v1.get("/clients").json()["meta"]["pagination"]["total"]


def is_unharmed(company: Company, client_id: str, total: int) -> bool:
    """Return whether everything can still be read, and nothing exists that was refused."""
    assert statuses(read_through_each(company)) == [200, 200]
    assert documents_of(company, client_id) == [b"bytes"]
    return total_of(company) == total


def test_a_write_whose_caller_disconnected_does_not_stop_the_writer(new_register, tmp_path):
    """/readyz gives up before the writer does, which then has no caller and must continue nevertheless."""
    url = new_register("sqlite")
    with serving(url, tmp_path, database_wait_seconds=30) as server, closing(new_company(server)) as company:
        with locked(company):
            assert ready(company) == (503, READY[1] | {"database": "unavailable"})
        assert is_well(company)
