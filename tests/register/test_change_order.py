"""The change feed under concurrent writers: nothing missed and nothing twice, in the order of commits."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from core.access import companies
from core.access.keys import Actor
from core.clients import clients
from tests.drivers import Company
from tests.register.arranging import number_of, register
from tests.register.changes import DIALECTS, all_changes_after, changes_after, feed, latest, number


@pytest.mark.engines("postgresql")  # on SQLite nothing is committed while another transaction is open
def test_a_longer_transaction_appears_in_the_feed_when_it_is_committed(company):
    """It began first but is committed last, so it comes last, and nobody who reads meanwhile misses it."""
    seen, may_commit = threading.Event(), threading.Event()
    database = company.server.database

    def slow() -> int:
        with database.writing() as connection:
            company_id = companies.find(connection, company.name)
            made = clients.update(connection, Actor(company_id, 0, 0), early, {"public_notes": "first"})
            seen.set()
            assert may_commit.wait(60)
        return int(made.record["id"])

    early, late = number_of(company.new_v1(name="Early")), number_of(company.new_v1(name="Late"))
    after = latest(company)
    with ThreadPoolExecutor(1) as pool:
        open_transaction = pool.submit(slow)
        assert seen.wait(60)
        company.v1.put(f"/clients/{company.v1_of(late)}", json={"public_notes": "second"})
        page = feed(company, after=after)
        meanwhile = [(each["type"], number_of(each)) for each in page["data"]]
        may_commit.set()
        assert open_transaction.result(60) == early
    assert meanwhile == [("updated", late)]
    assert changes_after(company, after=page["meta"]["next_cursor"]) == [("updated", early)]
    assert changes_after(company, after=after) == [("updated", late), ("updated", early)]


@pytest.mark.engines("postgresql")  # SQLite has no such lock
def test_a_delayed_commit_does_not_delay_earlier_changes(company):
    """The lock for assigning ids is released by the commit; here another connection holds it meanwhile."""
    made = company.new_v1(name="Acme")
    after = latest(company)
    company_id = register(company, lambda _connection, company_id: company_id)
    lock = f"SELECT pg_advisory_xact_lock(hashtextextended('gateway changes', {company_id}))"
    with psycopg.connect(company.server.settings.database_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute(lock)
        write = pool.submit(company.v1.put, f"/clients/{made['id']}", json={"name": "Other"})
        time.sleep(0.5)
        assert (write.done(), changes_after(company, after=after)) == (False, [])
        other.rollback()
        assert write.result(60).status_code == 200
    assert changes_after(company, after=after) == [("updated", number_of(made))]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_readers_of_many_writers_miss_nothing_and_read_nothing_twice(company, dialect):
    after = latest(company)
    writers, each_writes = 6, 15
    done = threading.Event()
    made: list[int] = []

    def write(_number: int) -> None:
        own = Company(company.server, company.key, company.name)
        for _ in range(each_writes):
            client = own.new_v1(name="x")
            own.v1.put(f"/clients/{client['id']}", json={"name": "y"})
            made.append(number_of(client))
        own.close()

    def read() -> list[tuple[str, int]]:
        reader, cursor, found = Company(company.server, company.key, company.name), after, []
        is_over = False
        while not is_over:
            is_over = done.is_set()  # earlier changes are read once more
            has_more = True
            while has_more:
                page = feed(reader, dialect, cursor, limit=7)
                found += [(each["type"], number(dialect, each["id"])) for each in page["data"]]
                cursor, has_more = page["meta"]["next_cursor"], page["meta"]["has_more"]
        reader.close()
        return found

    with ThreadPoolExecutor(writers + 2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        list(pool.map(write, range(writers)))
        done.set()
        found = [each.result(60) for each in readers]
    assert found[0] == found[1] == all_changes_after(company, dialect, after, 100)
    assert sorted(found[0]) == sorted([(kind, each) for each in made for kind in ("created", "updated")])
    for each in made:
        assert found[0].index(("created", each)) < found[0].index(("updated", each))


def test_a_rolled_back_transaction_is_not_in_the_feed(company):
    made = company.new_v1(name="Acme")
    after = latest(company)

    class Undone(Exception):
        pass

    def unit(connection, company_id):
        clients.update(connection, Actor(company_id, 0, 0), number_of(made), {"public_notes": "never"})
        raise Undone

    with pytest.raises(Undone):
        register(company, unit)
    assert changes_after(company, after=after) == []
    company.v1.put(f"/clients/{made['id']}", json={"name": "Other"})
    assert changes_after(company, after=after) == [("updated", number_of(made))]
