"""Behind PgBouncer, which managed PostgreSQL offers: the gateway behaves the same, by transaction and by session."""

import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import psycopg
import pytest

from core.database.database import Database
from core.errors import PooledByStatement
from gateway.doctor import register
from tests.process import GatewayProcess
from tests.scale.pgbouncer import PROGRAM, pooling
from tests.torture.campaign import new_key

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no pgbouncer")

REQUESTS = 960
SIZES = {"transaction": 4, "session": 20, "statement": 4}  # connections to PostgreSQL; a session keeps its own


@pytest.fixture
def pooled(new_database, request):
    with (
        tempfile.TemporaryDirectory(prefix="pb") as folder,
        pooling(new_database("postgresql"), Path(folder), request.param, SIZES[request.param]) as url,
    ):
        yield url


@pytest.mark.parametrize("pooled", ["transaction", "session"], indirect=True)
def test_every_kind_of_request_is_answered_through_a_pooler(pooled, tmp_path):
    gateway = GatewayProcess(pooled, tmp_path, workers=1)
    with gateway:
        with closing(Database(pooled, threads=1)) as database:
            key = database.write_now(lambda connection: new_key(connection, 1))
        headers = {"X-API-TOKEN": key, "Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=gateway.url, headers=headers, timeout=30) as http, ThreadPoolExecutor(8) as pool:
            statuses = Counter(pool.map(lambda number: _ask(http, number), range(REQUESTS)))
            total = http.get("/api/v1/clients").json()["meta"]["pagination"]["total"]
    assert {status for status in statuses if status >= 400} == set(), gateway.log.read_text()[-3000:]
    assert total == REQUESTS // 4


@pytest.mark.parametrize("pooled", ["transaction", "session"], indirect=True)
def test_the_doctor_reports_the_mode_of_the_pooler(pooled, request):
    mode = request.node.callspec.params["pooled"]
    with closing(Database(pooled, threads=1)) as database:
        found = {each.check: each.found for each in register.examine(database)}
    assert found["pooler"].endswith(f"by {mode}.")


def _ask(http: httpx.Client, number: int) -> int:
    """Send one of four requests: a create in either dialect, a search, a page."""
    name = f"Client {number}"
    if number % 8 == 0:
        body = {"name": name, "contacts": [{"email": f"c{number}@a.example"}]}
        return http.post("/api/v1/clients", json=body).status_code
    if number % 8 == 4:
        body = {"first_name": "Jane", "last_name": "Doe", "email": f"c{number}@a.example", "client_company_name": name}
        return http.post("/api/clients", json=body).status_code
    if number % 2:
        return http.get("/api/v1/clients", params={"filter": f"Client {number // 2}", "per_page": 5}).status_code
    return http.get("/api/clients", params={"limit": 5}).status_code


@pytest.mark.parametrize("pooled", ["transaction"], indirect=True)
def test_a_time_limit_applies_only_to_its_own_transaction(pooled):
    with closing(Database(pooled, threads=1, wait_seconds=3)) as database:
        with database.reading() as connection:
            limits = connection.exec_driver_sql("SELECT current_setting('lock_timeout')").scalar_one()
        with database.snapshot() as connection:
            lifted = connection.exec_driver_sql("SELECT current_setting('lock_timeout')").scalar_one()
        with psycopg.connect(pooled) as other:
            left = [other.execute("SELECT current_setting('lock_timeout')").fetchone()[0] for _ in range(3)]
    assert (limits, lifted, set(left)) == ("3s", "0", {"0"})


@pytest.mark.parametrize("pooled", ["statement"], indirect=True)
def test_a_statement_pooler_is_refused_in_one_sentence(pooled):
    with closing(Database(pooled, threads=1)) as database, pytest.raises(PooledByStatement, match="pool_mode"):
        database.read_now(lambda connection: connection.exec_driver_sql("SELECT 1"))
