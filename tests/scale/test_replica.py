"""A real streaming replica answers reads, and never with data older than the primary's."""

import gc
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.drivers import Company, new_company
from tests.faults.outages import is_outage, read_through_each, statuses, until, write_through_each
from tests.gateway.command_line import CommandLine
from tests.register.callers import CALLERS, Caller
from tests.scale.fleet import fleet_of
from tests.scale.replication import Pair, replicated
from tests.server import serving

LONG = 500_000_000  # bytes of one log record, which take a second to be sent
NOTICED_SECONDS = 20.0  # on a busy machine; 4 on an idle one, and half a minute if nobody noticed
# While the replica is not asked, several turns take a few seconds; waiting for it, each takes ten.
AT_ONCE_SECONDS, AT_ONCE_TURNS = 20.0, 5
PART_OF_A_RECORD = "SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) > 10000000"


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with replicated() as servers:
        yield servers


@pytest.fixture(scope="module")
def company(pair: Pair, tmp_path_factory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("replica")
    with serving(pair.primary_url, folder, database_replica_url=pair.standby_url) as server:
        made = new_company(server)
        yield made
        made.close()


def callers(company: Company) -> list[Caller]:
    return [kind(company) for kind in CALLERS.values()]


def rename_and_look(company: Company, client_id: int, tag: str) -> None:
    """Write through every dialect, and read it at once through every dialect."""
    for writer in callers(company):
        name = f"{tag} {writer.path(client_id)}"
        assert writer.rename(client_id, name).is_success
        assert {reader.name_and_state(client_id)[0] for reader in callers(company)} == {name}


def made(company: Company) -> int:
    return int(company.new_legacy()["id"])


def test_reads_go_to_the_replica_and_see_every_write(company, pair):
    client_id, before = made(company), pair.reads_of("clients")
    for turn in range(10):
        rename_and_look(company, client_id, f"Turn {turn}")

    def is_read() -> bool:  # statistics are delayed, and a lagging replica is not used for a while
        assert statuses(read_through_each(company)) == [200, 200]
        return pair.reads_of("clients") > before

    until(is_read)


def test_every_write_is_seen_while_the_replica_lags(company, pair):
    client_id = made(company)
    with pair.lagging():
        rename_and_look(company, client_id, "While it lags")
        erased = made(company)
        assert callers(company)[0].erase(erased).is_success
        assert [caller.show(erased).status_code for caller in callers(company)] == [404, 404]
    rename_and_look(company, client_id, "When it is back")


def test_a_revoked_key_is_refused_while_the_replica_still_has_it(company, pair, tmp_path):
    cli = CommandLine(pair.primary_url, tmp_path)
    key = cli("token", "create", "--company", company.name, "--email", "team@acme.example", "--name", "short-lived")
    headers = {"X-API-TOKEN": key}
    url = f"{company.server.url}/api/v1/clients"
    assert httpx.get(url, headers=headers).status_code == 200
    with pair.lagging():
        (known,) = (
            each for each in cli.listed("token", "list", "--company", company.name) if each["name"] == "short-lived"
        )
        cli("token", "revoke", known["id"])
        assert httpx.get(url, headers=headers).status_code == 403


def test_another_instance_reads_a_write_from_the_replica(pair, tmp_path):
    """Four threads on two instances; each write is read through the other instance."""
    with fleet_of(2, pair.primary_url, tmp_path, database_replica_url=pair.standby_url) as fleet:

        def live(seed: int) -> None:
            choice, every = random.Random(seed), fleet.callers
            client_id = made(fleet.companies[seed % 2])
            for step in range(20):
                assert choice.choice(every).rename(client_id, f"{seed}-{step}").is_success
                assert choice.choice(every).name_and_state(client_id)[0] == f"{seed}-{step}"

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(live, range(4)))


def test_reads_go_to_the_primary_if_the_replica_is_down(company, pair):
    client_id = made(company)
    pair.standby.stop()
    rename_and_look(company, client_id, "While it is away")
    pair.standby.start()
    rename_and_look(company, client_id, "When it is back")


def test_the_primary_answers_while_the_replica_is_silent(company, pair):
    client_id = made(company)
    pair.standby.freeze()
    try:
        for turns, most in ((1, NOTICED_SECONDS), (AT_ONCE_TURNS, AT_ONCE_SECONDS)):
            began = time.monotonic()
            for _ in range(turns):
                rename_and_look(company, client_id, "While it says nothing")
                assert company.v1.get("/clients", params={"filter": "while it says"}).status_code == 200  # by a thread
            assert time.monotonic() - began < most
    finally:
        pair.standby.thaw()
    rename_and_look(company, client_id, "When it is back")


def test_without_the_primary_a_replica_allowed_to_answer_alone_serves_reads_and_writes_are_503(pair, tmp_path, caplog):
    alone = {"database_replica_url": pair.standby_url, "database_replica_alone": True}
    with serving(pair.primary_url, tmp_path, **alone, database_wait_seconds=1, housekeeping_seconds=60) as server:
        company = new_company(server)
        client_id = made(company)
        rename_and_look(company, client_id, "Acknowledged")
        pair.primary.freeze()
        assert statuses(read_through_each(company)) == [200, 200]
        pair.primary.stop()
        try:
            until(lambda: statuses(read_through_each(company)) == [200, 200])
            assert {caller.name_and_state(client_id)[0] for caller in callers(company)} == {
                f"Acknowledged {callers(company)[-1].path(client_id)}"
            }
            assert [is_outage(answer) for answer in write_through_each(company)] == [True, True]
        finally:
            pair.primary.start()
        until(lambda: statuses(write_through_each(company)) == [201, 200])
        rename_and_look(company, client_id, "When it is back")
        company.close()
    gc.collect()  # so that asyncio reports every error that was not handled
    assert "never retrieved" not in caplog.text


def test_a_replica_answers_alone_after_the_primary_was_killed_within_a_log_record(pair, tmp_path):
    alone = {"database_replica_url": pair.standby_url, "database_replica_alone": True}
    with serving(pair.primary_url, tmp_path, **alone, database_wait_seconds=1, housekeeping_seconds=60) as server:
        company = new_company(server)
        client_id = made(company)
        rename_and_look(company, client_id, "Acknowledged")
        with ThreadPoolExecutor(1) as pool:
            until(lambda: frozen_within_a_record(pair, pool))
            pair.primary.stop()
        try:
            assert pair.query_value(PART_OF_A_RECORD)
            until(lambda: statuses(read_through_each(company)) == [200, 200])
            assert {caller.name_and_state(client_id)[0] for caller in callers(company)} == {
                f"Acknowledged {callers(company)[-1].path(client_id)}"
            }
        finally:
            pair.primary.start()
        until(lambda: statuses(write_through_each(company)) == [201, 200])
        company.close()


def frozen_within_a_record(pair: Pair, pool: ThreadPoolExecutor) -> bool:
    """Suspend the primary while it sends a record; False if the standby has all of it, as a slow test finds it."""
    sent = pool.submit(
        pair.query_value, f"SELECT pg_logical_emit_message(false, '', repeat('x', {LONG}))", pair.primary_url
    )
    until(lambda: sent.done() or pair.query_value(PART_OF_A_RECORD))
    pair.primary.freeze()
    if pair.query_value(PART_OF_A_RECORD):
        return True
    pair.primary.thaw()
    return not sent.result()


def test_a_primary_given_as_replica_is_never_used_as_one(pair, tmp_path):
    with serving(pair.primary_url, tmp_path, database_replica_url=pair.primary_url) as server:
        company = new_company(server)
        rename_and_look(company, made(company), "No standby")
        company.close()


def test_a_replica_of_an_sqlite_register_is_refused_in_one_sentence(pair, new_database, tmp_path):
    refused = CommandLine(new_database("sqlite"), tmp_path).run("serve", GATEWAY_DATABASE_REPLICA_URL=pair.standby_url)
    assert (refused.exit_code, refused.stderr) == (
        1,
        "Error: GATEWAY_DATABASE_REPLICA_URL: only PostgreSQL has replicas.\n",
    )
