"""Serialization failures and deadlocks of PostgreSQL: the transaction is run again, and no caller notices.

Distributed databases that are compatible with PostgreSQL run everything SERIALIZABLE, so these tests configure
PostgreSQL in the same way.
"""

import logging
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

from core.database.database import Database
from core.database.migrations import head, upgrade
from core.errors import Unavailable
from tests.drivers import HASHIDS, Company, new_company
from tests.faults.outages import WAIT, statuses, until, upload
from tests.register.arranging import together
from tests.register.callers import CALLERS
from tests.server import serving

THREADS = 8
ACTS = 5


@pytest.fixture
def database_url(new_database) -> str:
    return new_database("postgresql")


@pytest.fixture
def directly(database_url) -> Iterator[Callable]:
    """Connections that do not belong to the gateway."""
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    yield engine.connect
    engine.dispose()


@pytest.fixture
def log(caplog) -> Callable[[str], list[str]]:
    """Return what the log says of transactions that were run again for this reason."""
    caplog.set_level(logging.INFO, "core.database.database")

    def messages(cause: str) -> list[str]:
        logged = [record.getMessage() for record in caplog.records]
        return [each for each in logged if each.startswith("a transaction is run again") and cause in each]

    return messages


def test_serialization_failures_are_retried_and_no_caller_notices(database_url, directly, tmp_path, log):
    set_for_new_sessions(directly, "default_transaction_isolation = serializable")
    with serving(database_url, tmp_path, database_wait_seconds=60) as server, closing(new_company(server)) as company:
        shared = company.new_v1()["id"]
        made = [
            number
            for numbers in together([partial(lived, company, seed, shared) for seed in range(THREADS)])
            for number in numbers
        ]
        assert len(made) == len(set(made)) == THREADS * ACTS
        shown = company.v1.get("/clients?per_page=100").json()
        assert shown["meta"]["pagination"]["total"] == len(shown["data"]) == len(made) + 1
        assert len(company.v1_view(shared)["documents"]) == THREADS
    assert log("could not serialize access")


def set_for_new_sessions(directly: Callable, setting: str) -> None:
    with directly() as connection:
        name = connection.engine.url.database
        connection.execute(text(f"ALTER DATABASE {name} SET {setting}"))
        connection.commit()


def test_on_a_serializable_database_one_of_many_processes_migrates(database_url, directly):
    set_for_new_sessions(directly, "default_transaction_isolation = serializable")
    databases = [Database(database_url, threads=1) for _ in range(4)]
    together([partial(upgrade, database) for database in databases])
    assert {database.read_now(revision) for database in databases} == {head()}
    for database in databases:
        database.close()


def test_a_database_without_advisory_locks_is_migrated_with_a_warning(database_url, directly, caplog):
    with directly() as connection:
        role = f"lockless_{make_url(database_url).database}"
        connection.execute(text("REVOKE EXECUTE ON FUNCTION pg_try_advisory_xact_lock(bigint) FROM PUBLIC"))
        connection.execute(text(f"CREATE ROLE {role} LOGIN"))
        connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA public TO {role}"))
        connection.commit()
    url = make_url(database_url).set(username=role).render_as_string(hide_password=False)
    with closing(Database(url, threads=1)) as database:
        upgrade(database)
        assert database.read_now(revision) == head()
    messages = [record.name for record in caplog.records if "start only one gateway" in record.getMessage()]
    assert messages == ["core.database.migrations"]


def revision(connection: Connection) -> str:
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def lived(company: Company, seed: int, shared: str) -> list[str]:
    """Create clients, change shared ones, read lists and upload a file. Return the numbers of the created clients."""
    choice, numbers = random.Random(seed), []
    assert upload(company, shared).status_code == 200
    for step in range(ACTS):
        caller = CALLERS[choice.choice(list(CALLERS))](company)
        created = caller.create(f"{seed}-{step}@x.example")
        assert created.is_success, created.text
        client_id = caller.number(created.json()["data"]["id"])
        numbers.append(company.v1_view(company.v1_of(client_id))["number"])
        answers = [caller.rename(HASHIDS.decode(shared)[0], f"{seed}-{step}"), caller.http.get("/clients")]
        assert statuses(answers) == [200, 200], [answer.text for answer in answers]
    return numbers


def test_the_victim_of_a_deadlock_is_retried(database_url, directly, tmp_path, log):
    # A session looks for a deadlock once, so long after it began to wait: by then, `other` waits too, on a busy machine
    # as well.
    set_for_new_sessions(directly, "deadlock_timeout = '20s'")
    with serving(database_url, tmp_path, database_wait_seconds=60) as server, closing(new_company(server)) as company:
        a, b = company.new_v1()["id"], company.new_v1(contacts=[{"email": "b@x.example"}])["id"]
        hold = "SELECT id FROM clients WHERE id = :id FOR UPDATE"
        with directly() as other:
            other.execute(text("SET LOCAL deadlock_timeout = '5min'"))  # the gateway detects the deadlock first
            other.execute(text(hold), {"id": HASHIDS.decode(b)[0]})
            answers = []
            merging = threading.Thread(
                target=lambda: answers.append(company.v1.post(f"/clients/{a}/{b}/merge", headers=company.with_password))
            )
            merging.start()
            until(lambda: waits_for_a_lock(directly))
            other.execute(text(hold), {"id": HASHIDS.decode(a)[0]})
            other.commit()
            merging.join()
        assert statuses(answers) == [200]
        assert [each["email"] for each in company.v1_view(a)["contacts"] if each["email"]] == ["b@x.example"]
        assert company.v1.get(f"/clients/{b}").status_code == 404
    assert log("deadlock detected")  # a second time if it was run again before `other` got its lock


def waits_for_a_lock(directly: Callable) -> bool:
    with directly() as looking:
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return looking.execute(text(waiting)).scalar_one() > 0


@pytest.mark.parametrize("state", ["40001", "40P01"])
@pytest.mark.parametrize("act", ["read_now", "write_now"])
def test_reads_and_writes_are_retried_until_the_lock_timeout(database_url, act, state, log):
    """A sequence counts the attempts, because a rollback does not reset it."""
    fails = "DO $$ BEGIN IF nextval('tries') {} THEN RAISE EXCEPTION 'conflict' USING ERRCODE = '{}'; END IF; END $$"
    with closing(Database(database_url, threads=1, wait_seconds=60)) as patient:
        patient.write_now(lambda connection: connection.execute(text("CREATE SEQUENCE tries")))
        getattr(patient, act)(lambda connection: connection.exec_driver_sql(fails.format("< 3", state)))
    assert len(log("conflict")) == 2
    with closing(Database(database_url, threads=1, wait_seconds=WAIT)) as database, pytest.raises(Unavailable):
        getattr(database, act)(lambda connection: connection.exec_driver_sql(fails.format("> 0", state)))
