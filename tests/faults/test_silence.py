"""A PostgreSQL server that stops answering without closing connections: suspended, or cut off by the network."""

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from core.database.database import Database
from tests.drivers import Company, new_company
from tests.faults.outages import (
    READY,
    WAIT,
    documents_of,
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
from tests.scale.pgbouncer import PROGRAM, pooling
from tests.server import serving
from tests.torture.postgresql import OwnPostgreSQL

CALLERS = 12  # more than there are threads, each with a request to either dialect
NOTICED_SECONDS = 20.0  # 2 until a wait is noticed, 2 for the probe, and the rest for a machine with other work
# Refused at once, several requests one after the other take a second; waiting for the server, each takes two or more.
AT_ONCE_SECONDS, IN_A_ROW = 20.0, 10

pytestmark = pytest.mark.engines("postgresql")


@dataclass(frozen=True)
class Silent:
    """A gateway whose database can stop answering, and answer again."""

    company: Company
    fall_silent: Callable[[], None]
    speak: Callable[[], None]


@pytest.fixture
def swallowed(new_register, tmp_path) -> Iterator[Silent]:
    """The network accepts bytes and new connections, and forwards nothing."""
    line = Line(new_register("postgresql"))
    with serving(line.url, tmp_path, database_wait_seconds=WAIT) as server, closing(new_company(server)) as company:
        yield Silent(company, line.silence, line.mend)
        line.close()


@pytest.fixture
def suspended(tmp_path) -> Iterator[Silent]:
    """All processes of the server are suspended (SIGSTOP)."""
    with (
        tempfile.TemporaryDirectory(prefix="pg") as folder,
        OwnPostgreSQL(Path(folder)) as own,
        serving(own.url, tmp_path, database_wait_seconds=WAIT) as server,
        closing(new_company(server)) as company,
    ):
        yield Silent(company, own.freeze, own.thaw)


@pytest.fixture
def pooled(tmp_path) -> Iterator[Silent]:
    """A pooler answers, but the server behind it is suspended."""
    if PROGRAM is None:
        pytest.skip("there is no pgbouncer")
    with (
        tempfile.TemporaryDirectory(prefix="pg") as folder,
        tempfile.TemporaryDirectory(prefix="pb") as folder_of_pooler,
        OwnPostgreSQL(Path(folder)) as own,
        pooling(own.url, Path(folder_of_pooler), "transaction", size=8) as url,
        serving(url, tmp_path, database_wait_seconds=WAIT) as server,
        closing(new_company(server)) as company,
    ):
        yield Silent(company, own.freeze, own.thaw)


@pytest.fixture(params=["swallowed", "suspended", "pooled"])
def silent(request) -> Silent:
    return request.getfixturevalue(request.param)


def seconds_of_all(company: Company, callers: int, in_a_row: int = 1) -> float:
    """Send every kind of request for each caller at once; all must be refused. Return the seconds for all."""

    def ask(number: int) -> bool:
        ask_each = read_through_each if number % 2 else write_through_each
        return all(is_outage(answer) for _ in range(in_a_row) for answer in ask_each(company))

    began = time.monotonic()
    with ThreadPoolExecutor(callers) as pool:
        assert all(pool.map(ask, range(callers)))
    return time.monotonic() - began


def test_a_silent_database_is_a_503_within_seconds_and_recovers_without_a_restart(silent):
    company = silent.company
    client = company.new_v1()
    assert upload(company, client["id"]).status_code == 200
    silent.fall_silent()
    try:
        assert seconds_of_all(company, CALLERS) < NOTICED_SECONDS
        assert seconds_of_all(company, 4, IN_A_ROW) < AT_ONCE_SECONDS
        assert is_outage(upload(company, client["id"]))
        assert ready(company) == (503, READY[1] | {"database": "unavailable"})
    finally:
        silent.speak()
    until(lambda: statuses(write_through_each(company)) == [201, 200])
    assert is_well(company)
    assert documents_of(company, client["id"]) == [b"bytes"]


def test_another_of_several_hosts_is_used_if_one_is_silent(new_register, tmp_path):
    url = new_register("postgresql")
    with closing(Line(url)) as first, closing(Line(url)) as second:
        both = make_url(first.url)
        ports = [make_url(each.url).port for each in (first, second)]
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        with (
            serving(
                f"postgresql://{both.username}@{hosts}/{both.database}", tmp_path, database_wait_seconds=WAIT
            ) as server,
            closing(new_company(server)) as company,
        ):
            first.silence()
            until(lambda: statuses(write_through_each(company)) == [201, 200])
            began = time.monotonic()
            for _ in range(IN_A_ROW):
                assert statuses(write_through_each(company) + read_through_each(company)) == [201, 200, 200, 200]
            assert time.monotonic() - began < AT_ONCE_SECONDS
            first.mend()


def test_a_slow_statement_is_not_taken_for_silence(new_register):
    with (
        closing(Database(new_register("postgresql"), wait_seconds=30)) as database,  # for the answer to a probe too
        database.reading() as connection,
    ):
        assert connection.exec_driver_sql("SELECT 'done', pg_sleep(3.5)").scalar_one() == "done"
