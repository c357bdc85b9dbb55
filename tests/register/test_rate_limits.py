"""The rate limit of a key applies to both dialects and all processes together."""

import time
from functools import partial

import httpx
import pytest
from sqlalchemy import text

from core.access import companies, keys, rate_limits, users
from core.access.rate_limits import MINUTE
from core.database.database import Database
from core.database.migrations import upgrade
from tests.drivers import Company, new_company
from tests.register.arranging import in_one_minute
from tests.server import serving

LIMIT = 6


@pytest.fixture(scope="module")
def url(engine, new_register):
    return new_register(engine)


@pytest.fixture(scope="module")
def limited(url, tmp_path_factory):
    with serving(url, tmp_path_factory.mktemp("limited"), rate_limit=LIMIT) as running:
        yield running


@pytest.fixture
def company(limited):
    made = new_company(limited)
    in_one_minute()
    yield made
    made.close()


def left(answer):
    return answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]


def test_answers_show_the_remaining_requests_and_none_left_is_a_429(company):
    asked = [
        company.api.get("/clients"),
        company.v1.get("/clients"),
        company.v1.post("/clients", json={"name": "Acme"}),
    ]
    asked += [company.api.get("/clients/0"), company.v1.put("/clients/nothing", json={}), company.api.get("/clients")]
    assert [answer.status_code for answer in asked] == [200, 200, 200, 404, 404, 200]
    assert [left(answer) for answer in asked] == [(str(LIMIT), str(LIMIT - used)) for used in range(1, LIMIT + 1)]
    refused = {
        "Too many requests; try again later.": company.api.get("/clients"),
        "Too many requests; try again later": company.v1.post("/clients", json={"name": "Acme"}),
    }
    for message, answer in refused.items():
        assert (answer.status_code, left(answer)) == (429, (str(LIMIT), "0"))
        assert message in answer.json().values()
        assert 0 < int(answer.headers["retry-after"]) <= 60
        assert 0 < int(answer.headers["x-ratelimit-reset"]) - time.time() < 61


def test_a_refused_write_changes_nothing_and_other_keys_are_not_limited(company, limited):
    for _ in range(LIMIT):
        company.api.get("/clients")
    assert company.v1.post("/clients", json={"name": "Acme"}).status_code == 429
    other = new_company(limited)
    assert other.v1.get("/clients").status_code == 200
    other.close()


def test_all_processes_share_the_limit_of_a_key(company, url, tmp_path):
    with serving(url, tmp_path, rate_limit=LIMIT) as second:
        there = Company(second, company.key, company.name)
        answers = [client.get("/clients").status_code for _ in range(LIMIT) for client in (company.api, there.api)]
        there.close()
    assert answers == [200] * LIMIT + [429] * LIMIT


def test_requests_without_a_key_have_no_limit(limited):
    assert "x-ratelimit-limit" not in httpx.get(f"{limited.url}/api/clients").headers


def test_the_limit_starts_again_every_minute(account):
    database, token_id = account
    in_one_minute()
    draw = partial(rate_limits.draw, token_id=token_id, limit=10, wanted=4)
    drawn = [database.write_now(draw) for _ in range(4)]
    assert [(each.granted, each.left) for each in drawn] == [(4, 6), (4, 2), (2, 0), (0, 0)]
    assert all(0 < each.lasts <= MINUTE for each in drawn)
    for minutes in (
        -1,
        1,
        2,
        60,
        365 * 24 * 60,
    ):  # a minute that has ended, and minutes begun by a clock that was ahead
        database.write_now(lambda connection, minutes=minutes: _move_account(connection, token_id, minutes))
        again = database.write_now(draw)
        assert (again.granted, again.left, again.minute) == (4, 6, drawn[0].minute)
        assert 0 < again.lasts <= MINUTE


def _move_account(connection, token_id, minutes):
    moved = text("UPDATE request_accounts SET used = 10, minute = minute + :minutes WHERE token_id = :token")
    connection.execute(moved, {"minutes": minutes, "token": token_id})


def test_a_limit_used_up_by_a_clock_ahead_does_not_refuse_requests(company, limited, url, tmp_path):
    for _ in range(LIMIT):
        company.api.get("/clients")
    assert company.api.get("/clients").status_code == 429
    an_hour = text("UPDATE request_accounts SET minute = minute + 60")
    limited.database.write_now(lambda connection: connection.execute(an_hour))
    with serving(url, tmp_path, rate_limit=LIMIT) as another:
        there = Company(another, company.key, company.name)
        answers = [there.v1.get("/clients") for _ in range(LIMIT + 1)]
        there.close()
    assert [answer.status_code for answer in answers] == [200] * LIMIT + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert 0 < int(answers[-1].headers["x-ratelimit-reset"]) - time.time() < 61


@pytest.fixture(scope="module")
def account(url):
    database = Database(url)
    upgrade(database)

    def make(connection):
        company_id = companies.ensure(connection, "Minutes")
        user_id = users.ensure_team_user(connection, company_id, "minutes@acme.example", "Secret123")
        return keys.authenticate(connection, keys.issue(connection, company_id, user_id, "test")).token_id

    yield database, database.write_now(make)
    database.close()
