"""A cluster of PostgreSQL that heals itself: Patroni with three servers and synchronous replication, one of them lost.

`make torture` runs it, where etcd and Patroni are there and networks can be made.
"""

import itertools
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from core.database.database import Database
from tests.process import GatewayProcess
from tests.torture import patroni
from tests.torture.campaign import Campaign, Fault, new_key
from tests.torture.patroni import Cluster, Member

ROUNDS = max(2, int(os.environ.get("GATEWAY_TORTURE_ROUNDS", "0")) // 50)  # a minute each
SEED = int(os.environ.get("GATEWAY_TORTURE_SEED", "1"))
REASON = patroni.missing() if "GATEWAY_TORTURE_ROUNDS" in os.environ else "it is for `make torture`"

pytestmark = [pytest.mark.long, pytest.mark.skipif(REASON is not None, reason=f"no cluster: {REASON}")]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="pt") as folder, patroni.cluster(Path(folder)) as made:
        yield made


class Watch:
    """A client that writes and reads ten times a second, and notes for how long nothing was answered."""

    def __init__(self, gateway: GatewayProcess) -> None:
        database = Database(gateway.database_url, threads=1)
        self._key = database.write_now(lambda connection: new_key(connection, 99))
        database.close()
        self._url = gateway.url
        self._answered = {"POST": [time.monotonic()], "GET": [time.monotonic()]}
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(method,), daemon=True) for method in self._answered]

    def __enter__(self) -> "Watch":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(60)

    def longest_gap(self, method: str, since: float) -> tuple[float, float]:
        """When the longest time without a good answer began and ended, of those that end after a moment."""
        found = self._answered[method]
        pairs = [pair for pair in itertools.pairwise(found) if pair[1] > since]
        return max(pairs, key=lambda pair: pair[1] - pair[0])

    def _ask(self, method: str) -> None:
        body = {"json": {"name": "Acme"}} if method == "POST" else {}
        with httpx.Client(base_url=self._url, headers={"X-API-TOKEN": self._key}, timeout=30) as http:
            while not self._stopped.wait(0.1):
                try:
                    answer = http.request(method, "/api/v1/clients", **body)
                except httpx.TransportError:
                    continue
                assert answer.status_code in (200, 503), answer.text
                if answer.is_success:
                    self._answered[method].append(time.monotonic())


def test_the_loss_of_a_leader_loses_no_acknowledged_write_and_needs_no_restart(cluster, tmp_path, capsys):
    gateway = GatewayProcess(
        cluster.url, tmp_path, workers=2, database_replica_url=cluster.url, database_replica_alone=True
    )
    gaps: dict[str, list[float]] = {}
    with gateway, Watch(gateway) as watch:

        def lost(how: str, lose: Callable[[Member], None], regain: Callable[[Member], None]) -> Fault:
            def fault(_gateway: GatewayProcess) -> None:
                leader, since = cluster.leader, time.monotonic()
                lose(leader)
                elected = cluster.fail_over(leader)
                regain(leader)
                cluster.recover()
                gateway.wait_until_ready()
                time.sleep(0.5)
                began, ended = watch.longest_gap("POST", since)
                first, last = watch.longest_gap("GET", since)
                gaps.setdefault(how, []).append(ended - began)
                gaps.setdefault("without a read", []).append(last - first)
                gaps.setdefault("after the election", []).append(max(0.0, ended - elected))

            return fault

        workers = {each.pid for each in gateway.working}
        faults = {
            "killed": lost("killed", Member.kill, Member.start),
            "cut off": lost("cut off", Member.cut_off, Member.connect),
        }
        tally = Campaign(gateway, faults, SEED).run(ROUNDS)
        assert {each.pid for each in gateway.working} == workers
    with capsys.disabled():
        seconds = "; ".join(f"{how}: {', '.join(f'{each:.1f}' for each in found)}" for how, found in gaps.items())
        print(f"\nthe leader of three PostgreSQL, seed {SEED}: {tally}; seconds without a write: {seconds}")
    assert tally.losses == []
    assert max(gaps["after the election"]) < 10
    assert max(gaps["without a read"]) < 5
