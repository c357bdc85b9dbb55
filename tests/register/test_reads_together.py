"""Reads of PostgreSQL that wait at the same moment share a round trip, and each is answered as if it were alone."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import httpx
import pytest
from sqlalchemy import Connection, create_engine, make_url, text, update

from core.access import keys
from core.database.batched_reads import BatchedReads
from core.database.pipeline import Pipeline
from core.models import tokens
from core.text.secrets import digest
from tests.drivers import Company, new_company
from tests.faults.outages import is_outage, until
from tests.register.arranging import number_of
from tests.server import Server, serving

MANY = 16
WAIT = 50.0  # seconds that this gateway waits for a lock, longer than anything else here takes on a busy machine
CLIENT = {"name": "Acme", "contacts": [{"first_name": "Jane", "last_name": "Doe", "email": "jane@acme.example"}]}


@pytest.fixture(scope="module")
def served(new_register, tmp_path_factory) -> Iterator[Server]:
    url = new_register("postgresql")
    with serving(url, tmp_path_factory.mktemp("together"), database_wait_seconds=WAIT, rate_limit=0) as server:
        yield server


@pytest.fixture
def company(served) -> Iterator[Company]:
    with known_company(served) as made:
        yield made


@contextmanager
def known_company(server: Server) -> Iterator[Company]:
    with closing(new_company(server)) as made:
        made.new_v1()
        for _ in range(4):  # until its key is cached and the connection is open
            assert made.v1.get("/ping").status_code == 200
        yield made


@contextmanager
def own_connection(server: Server) -> Iterator[Connection]:
    """A connection to the database that does not belong to the gateway."""
    engine = create_engine(make_url(server.settings.database_url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@contextmanager
def holding(server: Server, table: str) -> Iterator[None]:
    """Lock a table exclusively until the block ends."""
    with own_connection(server) as connection:
        connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield


@contextmanager
def submitted() -> Iterator[list[str]]:
    """Record the statements that are to be sent in batches while the block runs."""
    found: list[str] = []
    submit = BatchedReads.submit
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BatchedReads, "submit", lambda self, sql, given: (found.append(sql), submit(self, sql, given))[1])
        yield found


@contextmanager
def batches() -> Iterator[list[int]]:
    """Record the number of statements of each batch that is sent while the block runs."""
    sent: list[int] = []
    send = Pipeline.send
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pipeline, "send", lambda self, batch: (sent.append(len(batch)), send(self, batch))[1])
        yield sent


def at_once(*acts: Callable[[], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result() for each in [pool.submit(act) for act in acts]]


def read(company: Company, path: str, **headers: str) -> Callable[[], httpx.Response]:
    """Send one read over a separate connection."""
    header = {"X-API-TOKEN": company.key, "Authorization": f"Bearer {company.key}"} | headers
    return lambda: httpx.get(company.server.url + path, headers=header, timeout=60)


def waiting(server: Server) -> int:
    """Return how many statements wait for a lock."""
    found = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return server.database.read_now(lambda connection: connection.execute(found).scalar_one())


def test_reads_that_wait_at_once_share_a_round_trip(company):
    made = [company.new_v1(name=f"Client {number}") for number in range(MANY)]
    company.v1.get("/ping")
    with batches() as sent, submitted() as statements:
        with ThreadPoolExecutor(MANY) as pool, holding(company.server, "clients"):
            first = pool.submit(read(company, f"/api/v1/clients/{made[0]['id']}"))
            # The background may wait too, in order to render the new clients.
            until(lambda: waiting(company.server) >= 1 and any("tokens.company_id" in each for each in statements))
            rest = [pool.submit(read(company, f"/api/v1/clients/{each['id']}")) for each in made[1:]]
            deadline = time.monotonic() + 5  # a read that a thread takes over asks nothing here
            while sum("tokens.company_id" in each for each in statements) < MANY and time.monotonic() < deadline:
                time.sleep(0.02)
        answers = [each.result() for each in (first, *rest)]
    assert [answer.status_code for answer in answers] == [200] * MANY
    assert [answer.json()["data"]["name"] for answer in answers] == [each["name"] for each in made]
    assert len(sent) < MANY / 2


def test_companies_and_dialects_in_one_batch_get_their_own_answers(served, company):
    with closing(new_company(served)) as other:
        everyone = [(each, each.new_v1(**CLIENT)) for each in (company, other)]
        for of, _ in everyone * 3:
            of.v1.get("/ping")
        for _ in range(5):
            requests = [
                read(of, path)
                for of, _ in everyone
                for _, made in everyone
                for path in (f"/api/clients/{number_of(made)}", f"/api/v1/clients/{made['id']}")
            ]
            totals = [read(company, "/api/clients"), read(other, "/api/v1/clients")]
            *answers, first, second = at_once(*requests, *totals)
            assert [answer.status_code for answer in answers] == [200, 200, 404, 404, 404, 404, 200, 200]
            assert first.json()["meta"]["total"] == 2
            assert second.json()["meta"]["pagination"]["total"] == 1


def test_a_revoked_key_is_refused_at_once_within_a_batch(served, company):
    path = f"/api/v1/clients/{company.new_v1(**CLIENT)['id']}"
    for _ in range(5):
        dead = served.database.write_now(lambda connection: another_key(connection, company))
        holder = Company(served, dead, company.name)
        assert [read(holder, path)().status_code for _ in range(4)] == [200] * 4
        mine = tokens.c.digest == digest(dead)
        with served.database.writing() as connection:
            connection.execute(update(tokens).where(mine).values(revoked_at=1))
        answers = at_once(*[read(each, path) for each in (company, holder, company, holder)])
        assert [answer.status_code for answer in answers] == [200, 403, 200, 403]


def another_key(connection: Connection, company: Company) -> str:
    owner = keys.authenticate(connection, company.key)
    return keys.issue(connection, owner.company_id, owner.user_id, "another")


def test_conditions_and_includes_of_shared_reads_are_answered_as_if_alone(company):
    made = company.new_v1(**CLIENT)
    path, page = f"/api/v1/clients/{made['id']}", "/api/v1/clients?include=tags"
    tag = company.v1.get(f"/clients/{made['id']}").headers["etag"]
    requests = [
        read(company, path, **{"If-None-Match": tag}),
        read(company, path, **{"If-Match": '"0-0-0"'}),
        read(company, page),
        lambda: httpx.head(company.server.url + path, headers={"X-API-TOKEN": company.key}),
        read(company, f"/api/clients/{2**70}"),
        read(company, "/api/v1/clients/nonsense"),
        lambda: httpx.get(company.server.url + path, headers={"X-API-TOKEN": "none"}),
    ]
    for _ in range(3):
        same, differs, included, head, large, nonsense, stranger = at_once(*requests)
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
        assert differs.status_code == 412
        assert included.json()["data"][-1]["tags"] == []
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
        assert (large.status_code, nonsense.status_code, stranger.status_code) == (404, 404, 403)


def test_a_write_is_seen_by_the_next_read_and_a_missing_rendering_is_created(served, company):
    made = company.new_v1(**CLIENT)
    path, number = f"/clients/{made['id']}", number_of(made)
    for city in ("Bern", "Bonn", "Brno"):
        company.v1.put(path, json={"city": city})
        shown = company.api.get(f"/clients/{number}").json()["data"]
        assert shown["billing"]["city"] == company.v1.get(path).json()["data"]["city"] == city
    kept = company.v1.get("/clients").json()
    with served.database.writing() as connection:
        connection.execute(text("DELETE FROM client_renderings"))
    assert company.v1.get(path).json()["data"] == kept["data"][-1]
    assert company.v1.get("/clients").json() == kept
    company.v1.delete(path)
    assert company.api.get(f"/clients/{number}").status_code == 404
    assert company.v1.get("/clients").json()["meta"]["pagination"]["total"] == 1
    company.v1.post(f"{path}/purge", headers=company.with_password)
    assert company.v1.get(path).status_code == 404


def test_callers_who_disconnect_do_not_affect_others(company):
    made = company.new_v1(**CLIENT)
    path = f"/api/v1/clients/{made['id']}"
    host, port = company.server.url.removeprefix("http://").split(":")
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nX-API-TOKEN: {company.key}\r\n\r\n".encode()
    with ThreadPoolExecutor(MANY) as pool:
        for _ in range(10):
            staying = [pool.submit(read(company, path)) for _ in range(4)]
            for _ in range(4):
                with socket.create_connection((host, int(port))) as leaving:
                    leaving.sendall(request)
            assert [each.result().status_code for each in staying] == [200] * 4


def test_a_table_locked_too_long_is_a_503_and_other_reads_continue(new_register, tmp_path):
    impatient = {"database_wait_seconds": 4, "rate_limit": 0}
    with serving(new_register("postgresql"), tmp_path, **impatient) as server, known_company(server) as company:
        path = f"/api/v1/clients/{company.new_v1(**CLIENT)['id']}"
        with holding(server, "clients"), ThreadPoolExecutor(1) as pool:
            held = pool.submit(read(company, path))
            assert [read(company, "/api/v1/ping")().status_code for _ in range(3)] == [200] * 3
            assert is_outage(held.result())
        assert read(company, path)().status_code == 200


def test_connections_ended_repeatedly_by_the_server_are_replaced(company):
    path = f"/api/v1/clients/{company.new_v1(**CLIENT)['id']}"
    others = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    with own_connection(company.server) as connection:
        for _ in range(5):
            connection.execute(others)
            answers = at_once(*[read(company, path) for _ in range(6)])
            assert all(answer.status_code == 200 or is_outage(answer) for answer in answers)
    until(lambda: read(company, path)().status_code == 200)


def test_more_callers_than_connections_are_all_answered(company):
    made = [company.new_v1(name=f"Client {number}") for number in range(5)]
    paths = [f"/api/clients/{number_of(each)}" for each in made] + ["/api/clients", "/api/v1/clients?page=2&per_page=2"]
    answers = at_once(*[read(company, path) for path in paths * 12])
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == len(paths)
