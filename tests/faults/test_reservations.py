"""`Idempotency-Key` with failures during a request: a reservation lasts only as long as its process works."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager

import httpx
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from core.access import idempotency
from core.text.clock import SECOND
from tests.drivers import Company, new_company
from tests.faults.outages import WAIT, documents_of, is_outage, until
from tests.faults.proxy import Line
from tests.object_store import ObjectStore
from tests.process import GatewayProcess
from tests.scale.fleet import fleet_of
from tests.server import serving

LEASE_SECONDS = idempotency.LEASE // SECOND
KEY = {"Idempotency-Key": "k-1"}


def upload(company: Company, client_id: str) -> httpx.Response:
    return company.v1.put(f"/clients/{client_id}/upload", files=[("documents[]", ("a.bin", b"bytes"))], headers=KEY)


def create(company: Company) -> httpx.Response:
    return company.v1.post("/clients", json={"name": "Acme"}, headers=KEY)


def total(company: Company) -> int:
    return company.v1.get("/clients").json()["meta"]["pagination"]["total"]


def is_reserved(company: Company) -> bool:
    found = text("SELECT count(*) FROM idempotency_keys WHERE status = 0")
    return company.server.database.read_now(lambda connection: connection.execute(found).scalar_one()) == 1


def patiently(act, lease: int = LEASE_SECONDS) -> tuple[httpx.Response, int]:
    """Send a request again as `Retry-After` says. Return the final answer, and the seconds that this asked for."""
    asked = 0
    while (answer := act()).status_code == 409 and asked < 10 * lease:
        wait = int(answer.headers["retry-after"])
        assert 1 <= wait <= lease
        asked += wait
        time.sleep(wait)
    return answer, asked


@contextmanager
def in_another_thread(act) -> Iterator[Future]:
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(act)


@contextmanager
def locked(database_url: str, table: str) -> Iterator:
    """Lock a table of PostgreSQL against all other writers."""
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("BEGIN"))
        connection.execute(text(f"LOCK TABLE {table} IN EXCLUSIVE MODE"))
        yield connection
        connection.execute(text("ROLLBACK"))
    engine.dispose()


@contextmanager
def silent(store: ObjectStore) -> Iterator[None]:
    """An object store that accepts connections and does not answer."""
    store.stop()
    with socket.create_server(("127.0.0.1", store.port), backlog=64):
        yield
    store.start()


@pytest.fixture
def store(monkeypatch) -> Iterator[ObjectStore]:
    made = ObjectStore()
    made.start()
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    yield made
    made.stop()


def test_slow_work_keeps_its_key_reserved_and_a_killed_process_does_not(engine, new_register, tmp_path, store):
    settings = {"storage_url": store.new_bucket(), "housekeeping_seconds": 60}
    with (
        GatewayProcess(new_register(engine), tmp_path, **settings) as process,
        process.served() as server,
        closing(new_company(server)) as company,
    ):
        client = company.new_v1()
        with silent(store), in_another_thread(lambda: upload(company, client["id"])) as cut_off:
            until(lambda: is_reserved(company))
            time.sleep(LEASE_SECONDS + 0.5)  # not much more, because the storage is given up at some time
            refused = upload(company, client["id"])
            assert (refused.status_code, 1 <= int(refused.headers["retry-after"]) <= LEASE_SECONDS) == (409, True)
            process.kill()
        assert isinstance(cut_off.exception(), httpx.TransportError)
        process.start()
        answer, seconds = patiently(lambda: upload(company, client["id"]))
        assert (answer.status_code, "idempotency-replayed" in answer.headers) == (200, False)
        assert seconds < LEASE_SECONDS + 3
        assert documents_of(company, client["id"]) == [b"bytes"]


def test_a_process_suspended_beyond_its_lease_rolls_back(new_register, tmp_path):
    url = new_register("postgresql")
    with fleet_of(2, url, tmp_path) as fleet:
        sleeper, other = fleet.companies
        client = sleeper.new_v1()
        with ThreadPoolExecutor(1) as pool:
            with locked(url, "discarded_objects"):
                late = pool.submit(upload, sleeper, client["id"])
                until(lambda: is_reserved(other))
                assert upload(other, client["id"]).status_code == 409  # before, so that the lease cannot be over
                fleet.processes[0].main.suspend()
            try:
                answer, _ = patiently(lambda: upload(other, client["id"]))
            finally:
                fleet.processes[0].main.resume()
            assert late.result(60).status_code == 409
        assert answer.status_code == 200
        assert upload(sleeper, client["id"]).content == answer.content
        assert documents_of(other, client["id"]) == [b"bytes"]


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


def test_a_503_releases_the_key(company, database_url):
    with locked(database_url, "clients"):
        assert is_outage(create(company))
    assert create(company).status_code == 200
    assert total(company) == 1


def test_a_503_releases_the_key_soon_after_the_database_is_back(company, line, database_url, tmp_path, monkeypatch):
    lease = 2 * LEASE_SECONDS  # so that a slow machine asks before it is over
    monkeypatch.setattr(idempotency, "LEASE", lease * SECOND)
    with serving(line.url, tmp_path, database_wait_seconds=20) as server:
        patient = Company(server, company.key, company.name)
        with locked(database_url, "clients"), in_another_thread(lambda: create(patient)) as answer:
            until(lambda: is_reserved(company))
            line.cut()
            assert is_outage(answer.result(30))
            line.mend()
            assert create(patient).status_code == 409
        again, seconds = patiently(lambda: create(patient), lease)
        assert (again.status_code, seconds < lease + 3) == (200, True)
        assert total(company) == 1
        patient.close()


def test_a_client_that_disconnected_gets_the_answer_when_it_retries(company, line, database_url, tmp_path):
    with serving(line.url, tmp_path, database_wait_seconds=20) as server:
        patient = Company(server, company.key, company.name)
        patient.v1.timeout = httpx.Timeout(30, read=0.5)
        with locked(database_url, "clients"), pytest.raises(httpx.ReadTimeout):
            create(patient)
        patient.v1.timeout = 30
        answer, seconds = patiently(lambda: create(patient))
        assert (answer.status_code, seconds < LEASE_SECONDS + 3) == (200, True)
        assert total(company) == 1
        patient.close()
