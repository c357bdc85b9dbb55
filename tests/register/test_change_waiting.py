"""Long polling of the change feed."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.access import keys
from tests.drivers import Company
from tests.register.arranging import bulk, number_of, register
from tests.register.changes import DIALECTS, changes_after, latest
from tests.register.test_key_scopes import key_of


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_request_waits_for_the_next_change(company, dialect):
    after = latest(company)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(changes_after, company, dialect, after, wait=25)
        time.sleep(0.5)
        assert not waiting.done()
        began = time.monotonic()
        made = company.new_v1(name="Acme")
        assert waiting.result(60) == [("created", number_of(made))]
    assert time.monotonic() - began < 20


def test_a_hidden_change_does_not_end_a_wait(company):
    made = company.new_v1(name="Acme")
    company.v1.delete(f"/clients/{made['id']}")
    after = latest(company)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(changes_after, company, "api", after, wait=25)
        time.sleep(0.3)
        bulk(company, "archive", made["id"])
        time.sleep(0.8)
        assert not waiting.done()
        assert changes_after(company, "api", after, wait=1) == []
        seen = company.new_v1(name="Other")
        assert waiting.result(60) == [("created", number_of(seen))]


def test_a_request_waits_only_without_changes_and_at_most_the_requested_time(company):
    company.new_v1(name="Acme")
    began = time.monotonic()
    assert changes_after(company, wait=30) != []
    assert changes_after(company, after=latest(company), wait=0) == []
    assert time.monotonic() - began < 20
    began = time.monotonic()
    assert changes_after(company, after=latest(company), wait=1) == []
    assert 0.9 < time.monotonic() - began < 20


def test_a_waiting_request_holds_neither_a_thread_nor_a_connection(company):
    """More wait than there are threads and connections, and all the others are served."""
    after, most = latest(company), company.server.database.max_connections
    waiters = most + 10

    def wait(_number: int) -> list[tuple[str, int]]:
        own = Company(company.server, company.key, company.name)
        found = changes_after(own, after=after, wait=30)
        own.close()
        return found

    with ThreadPoolExecutor(waiters) as pool:
        waiting = [pool.submit(wait, each) for each in range(waiters)]
        time.sleep(1)
        began = time.monotonic()
        for _ in range(20):
            assert company.v1.get("/clients", params={"include": "activities"}).status_code == 200
        assert time.monotonic() - began < 20
        assert not any(each.done() for each in waiting)
        made = company.new_v1(name="Acme")
        assert [each.result(60) for each in waiting] == [[("created", number_of(made))]] * waiters


def test_a_key_that_is_revoked_during_a_wait_is_refused(company):
    holder = Company(company.server, key_of(company), company.name)
    after = latest(company)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(holder.v1.get, "/changes", params={"after": after, "wait": 20})
        time.sleep(0.5)
        register(
            company, lambda connection, _: keys.revoke(connection, keys.authenticate(connection, holder.key).token_id)
        )
        company.new_v1(name="Acme")
        assert waiting.result(60).status_code == 403
    holder.close()
