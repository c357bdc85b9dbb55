"""All processes count which key calls what, and `gateway usage` shows it."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from core.access import companies, usage
from core.access.usage import DAY, Tally, day_of
from core.database.database import Database
from core.database.migrations import upgrade
from core.text.clock import SECOND, now
from tests.drivers import Company, new_company
from tests.faults.outages import until
from tests.gateway.command_line import ACME, KEY, CommandLine, fresh, new_acme
from tests.process import GatewayProcess
from tests.server import serving


def calls(rows: list[dict]) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Return calls and errors by dialect, method and route."""
    return {(row["dialect"], row["method"], row["route"]): (row["calls"], row["errors"]) for row in rows}


def counted(company: Company, least: int, *options: object) -> list[dict]:
    """Wait until the command shows so many calls, which servers store in the background. Return what it shows."""
    cli = CommandLine(company.server.settings.database_url, company.server.storage_folder)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        rows = cli.listed("usage", "--company", company.name, *options)
        if sum(row["calls"] for row in rows) >= least:
            return rows
        time.sleep(0.05)
    raise AssertionError(f"fewer calls than {least}: {rows}")


@contextmanager
def opened(url: str):
    with closing(Database(url, threads=1, wait_seconds=60)) as database:
        upgrade(database)
        yield database


@pytest.fixture
def called(company: Company) -> Company:
    """A company whose key made eight calls, three of them errors, and which was also called with an unknown key."""
    company.new_legacy()
    for _ in range(3):
        company.api.get("/clients")
    company.api.get("/clients/987654321")
    company.api.patch("/clients/987654321", json={})
    company.v1.get("/clients/unheard-of")
    company.v1.get("/clients")
    httpx.get(f"{company.server.url}/api/clients", headers={"Authorization": "Bearer nobody's"})
    return company


def test_usage_shows_which_key_called_what_and_when(called, other_company):
    other_company.api.get("/clients")
    rows = counted(called, 8)
    assert calls(rows) == {
        ("api", "POST", "/api/clients"): (1, 0),
        ("api", "GET", "/api/clients"): (3, 0),
        ("api", "GET", "/api/clients/{id}"): (1, 1),
        ("api", "PATCH", "/api/clients/{id}"): (1, 1),
        ("v1", "GET", "/api/v1/clients/{id}"): (1, 1),
        ("v1", "GET", "/api/v1/clients"): (1, 0),
    }
    assert {(row["key"], row["email"], row["revoked_at"]) for row in rows} == {("test", "team@acme.example", None)}
    assert [row["last_at"] for row in rows] == sorted((row["last_at"] for row in rows), reverse=True)
    list_row = next(row for row in rows if row["calls"] == 3)
    assert list_row["first_at"] < list_row["last_at"]


def test_usage_of_one_dialect_and_by_day(called):
    assert {row["dialect"] for row in counted(called, 2, "--dialect", "v1")} == {"v1"}
    counted(called, 8)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert counted(called, 8, "--by-day") == [
        {"day": today, "dialect": "api", "calls": 6, "errors": 2},
        {"day": today, "dialect": "v1", "calls": 2, "errors": 1},
    ]
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    assert counted(called, 0, "--since", tomorrow) == []


@pytest.fixture
def stored(engine, new_register, folder) -> CommandLine:
    """A register whose only key called twice: 40 days ago, and an hour ago together with an error."""
    cli = CommandLine(new_register(engine), folder)
    cli("bootstrap", *ACME)
    with opened(cli.database_url) as database:
        at = now()
        for when, errors in ((at - 40 * DAY, 0), (at - 3600 * SECOND, 1)):
            tally = Tally(1, day_of(when), 1, "api", "GET", "/api/clients", 1 + errors, errors, when, when)
            database.write_now(lambda connection, tally=tally: usage.add(connection, [tally]))
    return cli


def test_calls_are_counted_for_the_requested_days_with_first_and_last_of_all_days(stored):
    (always,), (lately,) = stored.listed("usage"), stored.listed("usage", "--since", "30d")
    assert (always["calls"], lately["calls"], lately["errors"]) == (3, 2, 1)
    assert always["first_at"] == lately["first_at"] < lately["last_at"]


def test_a_server_removes_days_that_are_too_old(stored, folder):
    with serving(stored.database_url, folder, usage_days=30):
        until(lambda: [row["calls"] for row in stored.listed("usage")] == [2])


def test_an_invalid_since_is_refused(stored):
    result = stored.run("usage", "--since", "yesterday")
    assert result.exit_code == 2
    assert "ISO 8601 date" in result.stderr


def test_calls_are_stored_when_the_server_stops_and_none_if_no_days_are_kept(engine, new_register, folder):
    cli = CommandLine(new_register(engine), folder)
    for days in (400, 0):
        with serving(cli.database_url, folder, housekeeping_seconds=60, usage_days=days) as server:
            company = new_company(server)
            company.api.get("/clients")
            company.close()
        assert len(cli.listed("usage", "--company", company.name)) == (1 if days else 0)


def test_calls_of_all_workers_add_up(folder):
    cli = new_acme(folder)
    with GatewayProcess(cli.database_url, folder, workers=2) as gateway:
        with ThreadPoolExecutor(8) as callers:  # each with a connection of its own, so that both workers get some
            list(
                callers.map(
                    lambda _: httpx.get(f"{gateway.url}/api/v1/clients", headers={"X-API-TOKEN": KEY}), range(60)
                )
            )
        gateway.terminate()
        assert gateway.wait() == 0
    assert calls(cli.listed("usage")) == {("v1", "GET", "/api/v1/clients"): (60, 0)}


def test_processes_that_add_the_same_rows_at_once_lose_none(stored):
    today = day_of(now())
    routes = [f"/route/{number}" for number in range(30)]

    def process(number: int) -> None:
        with opened(stored.database_url) as database:
            for turn in range(8):
                order = routes if (number + turn) % 2 else routes[::-1]
                tallies = [
                    Tally(1, today, 1, "api", "GET", route, 1, 0, today + number, today + turn) for route in order
                ]
                database.write_now(lambda connection, tallies=tallies: usage.add(connection, tallies))

    with ThreadPoolExecutor(4) as processes:
        list(processes.map(process, range(4)))
    with opened(stored.database_url) as database:
        rows = [row for row in database.read_now(lambda c: usage.list_all(c, 1)) if row["route"] in routes]
    assert {(row["calls"], row["first_at"], row["last_at"]) for row in rows} == {(32, today, today + 7)}
    assert len(rows) == len(routes)


def test_calls_that_a_busy_database_rejects_are_stored_later(folder):
    cli = fresh(folder)
    with serving(cli.database_url, folder, housekeeping_seconds=0.05, database_wait_seconds=0.1) as server:
        company = new_company(server)
        with closing(sqlite3.connect(folder / "register.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for _ in range(4):
                assert company.api.get("/clients").status_code == 200
            assert company.api.delete("/clients/1").status_code == 503  # by now storing has been tried as well
            other.execute("ROLLBACK")
        assert calls(counted(company, 5)) == {
            ("api", "GET", "/api/clients"): (4, 0),
            ("api", "DELETE", "/api/clients/{id}"): (1, 1),
        }
        company.close()


def test_a_removed_key_does_not_prevent_others_from_being_counted(stored):
    today = day_of(now())
    with opened(stored.database_url) as database:
        other = database.write_now(lambda connection: companies.ensure(connection, "Globex"))
        keys = [(1, 99), (other, 1), (1, 1)]  # unknown, of another company, and a good one
        tallies = [Tally(of, today, key, "v1", "GET", "/", 1, 0, 1, 1) for of, key in keys]
        database.write_now(lambda connection: usage.add(connection, tallies))
    assert calls(stored.listed("usage", "--company", "Acme", "--dialect", "v1")) == {("v1", "GET", "/"): (1, 0)}
    assert stored.listed("usage", "--company", "Globex") == []
