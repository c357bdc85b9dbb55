"""PostgreSQL that is down, back again, disconnected in the middle of a request, read-only and locked."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import create_engine, text
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
from tests.faults.proxy import Line
from tests.process import GatewayProcess
from tests.server import serving


@pytest.fixture
def database_url(new_register) -> str:
    return new_register("postgresql")


@pytest.fixture
def line(database_url) -> Iterator[Line]:
    made = Line(database_url)
    yield made
    made.close()


@pytest.fixture
def company(line, tmp_path) -> Iterator[Company]:
    with serving(line.url, tmp_path, database_wait_seconds=WAIT) as server:
        made = new_company(server)
        yield made
        made.close()
        line.mend()


@contextmanager
def directly(database_url: str) -> Iterator:
    """Connect without the proxy; each statement is a transaction."""
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_answers_are_503_while_the_database_is_unavailable(company, line):
    client = company.new_v1()
    assert upload(company, client["id"]).status_code == 200
    line.cut()
    answers = [*write_through_each(company), *read_through_each(company), upload(company, client["id"])]
    assert all(is_outage(answer) for answer in answers)
    assert ready(company) == (503, READY[1] | {"database": "unavailable"})
    line.mend()
    assert is_well(company)
    assert documents_of(company, client["id"]) == [b"bytes"]
    assert len(files(company)) == 1


def test_a_connection_that_broke_between_requests_is_replaced(company, line):
    client = company.new_v1()
    line.cut()
    line.mend()
    assert company.v1.get(f"/clients/{client['id']}").status_code == 200
    assert statuses(write_through_each(company)) == [201, 200]


def test_a_database_restart_during_an_upload_leaves_it_complete_or_absent(company, line):
    client = company.new_v1()

    def body() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="documents[]"; filename="a.bin"\r\n\r\n' + b"x" * 100_000
        line.cut()
        line.mend()
        yield b"\r\n--x--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = company.v1.put(f"/clients/{client['id']}/upload", content=body(), headers=headers)
    # The restart may have interrupted the look-up of the key, which precedes reading the body.
    assert answer.status_code == 200 or is_outage(answer)
    assert documents_of(company, client["id"]) == [b"x" * 100_000] * answer.is_success
    assert len(files(company)) == answer.is_success
    assert is_well(company)


@pytest.mark.parametrize("words", [b"INSERT INTO documents", b"COMMIT"])
def test_an_upload_whose_commit_was_not_confirmed_is_complete_or_absent(company, line, words):
    client = company.new_v1()
    # The first COMMIT is that of the note, the second the document's.
    line.lose_answer_to(b"DELETE FROM discarded_objects")
    assert is_outage(upload(company, client["id"]))
    assert documents_of(company, client["id"]) == []
    assert files(company) == []
    line.lose_answer_to(b"INSERT INTO documents", words)
    assert is_outage(upload(company, client["id"], b"second"))
    kept = [b"second"] if words == b"COMMIT" else []
    assert documents_of(company, client["id"]) == kept
    assert len(files(company)) == len(kept)
    assert is_well(company)


def test_a_create_whose_commit_was_not_confirmed_exists_exactly_once(company, line):
    line.lose_answer_to(b"INSERT INTO clients", b"COMMIT")
    assert is_outage(company.v1.post("/clients", json={"name": "Acme", "contacts": [{"email": "a@acme.example"}]}))
    (found,) = company.v1.get("/clients").json()["data"]
    assert (found["name"], found["contacts"][0]["email"]) == ("Acme", "a@acme.example")


def test_a_read_only_database_still_serves_reads(company, database_url):
    name = make_url(database_url).database
    kill = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
    )
    with directly(database_url) as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        connection.execute(kill, {"name": name})
        assert all(is_outage(answer) for answer in write_through_each(company))
        assert statuses(read_through_each(company)) == [200, 200]
        assert ready(company) == (503, READY[1] | {"database": "unavailable"})
        connection.execute(text(f"ALTER DATABASE {name} RESET default_transaction_read_only"))
        connection.execute(kill, {"name": name})
    assert is_well(company)


def test_a_lock_that_is_never_released_is_a_503(company, database_url):
    client = company.new_v1()
    with directly(database_url) as connection:
        connection.execute(text("BEGIN"))
        connection.execute(text("LOCK TABLE clients IN EXCLUSIVE MODE"))
        assert is_outage(company.v1.put(f"/clients/{client['id']}", json={"city": "Bern"}))
        assert statuses(read_through_each(company)) == [200, 200]
        connection.execute(text("ROLLBACK"))
    assert is_well(company)
    assert company.v1_view(client["id"])["city"] == ""


def test_a_worker_that_dies_while_the_database_is_unavailable_is_replaced(line, tmp_path):
    with GatewayProcess(line.url, tmp_path, workers=2, database_wait_seconds=WAIT) as process:
        until(lambda: len(process.working) == 2)
        line.cut()
        before = {worker.pid for worker in process.working}
        process.working[0].kill()
        until(lambda: "the database schema is checked again later" in process.log.read_text())
        line.mend()
        process.wait_until_ready()
        until(lambda: len({worker.pid for worker in process.working} - before) == 1)
        with process.served() as server, closing(new_company(server)) as company:
            assert is_well(company)
