"""A PostgreSQL cluster that fails over by itself: Patroni with three servers and synchronous replication, one lost.

`make torture` runs it on machines that have etcd and Patroni and allow network namespaces.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from tests.process import GatewayProcess
from tests.torture import patroni
from tests.torture.balanced import balanced
from tests.torture.campaign import Campaign, Fault
from tests.torture.patroni import Cluster, Member
from tests.torture.recipients import Recipients
from tests.torture.watch import Watch

ROUNDS = max(3, int(os.environ.get("GATEWAY_TORTURE_ROUNDS", "0")) // 50)  # a minute each
SEED = int(os.environ.get("GATEWAY_TORTURE_SEED", "1"))
REASON = patroni.missing() if "GATEWAY_TORTURE_ROUNDS" in os.environ else "it is for `make torture`"

pytestmark = [pytest.mark.long, pytest.mark.skipif(REASON is not None, reason=f"no cluster: {REASON}")]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="pt") as folder, patroni.cluster(Path(folder)) as made:
        yield made


def several_hosts(cluster: Cluster) -> AbstractContextManager[tuple[str, str]]:
    """The URL names all members, and the gateway finds the leader."""
    return nullcontext((cluster.url, cluster.url))


FAULTS = ("killed", "cut off", "suspended")
WAYS = {"several hosts": several_hosts, "HAProxy": balanced}


def losing(how: str, cluster: Cluster, watch: Watch, gaps: dict[str, list[float]]) -> Fault:
    """Lose the leader, and recover it after another one leads. Return the seconds without answers meanwhile."""
    acts: dict[str, tuple[Callable[[Member], None], Callable[[Member], None]]] = {
        "killed": (Member.kill, Member.start),
        "cut off": (Member.cut_off, Member.connect),
        "suspended": (Member.suspend, Member.resume),
    }
    lose, regain = acts[how]

    def fault(gateway: GatewayProcess) -> None:
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


@pytest.mark.parametrize("way", WAYS)
def test_losing_the_leader_loses_no_acknowledged_write_and_needs_no_restart(way, cluster, tmp_path, capsys):
    gaps: dict[str, list[float]] = {}
    with WAYS[way](cluster) as (leader, standbys), Recipients() as recipients:
        replica = {"database_replica_url": standbys, "database_replica_alone": True}
        gateway = GatewayProcess(leader, tmp_path, workers=2, **replica, **recipients.settings)
        with gateway, Watch(gateway, recipients.subscribe) as watch:
            workers = {each.pid for each in gateway.working}
            faults = {how: losing(how, cluster, watch, gaps) for how in FAULTS}
            tally = Campaign(gateway, faults, SEED).run(ROUNDS)
            assert {each.pid for each in gateway.working} == workers
            made = watch.stop()
            ids, numbers = watch.shown()
            webhooks, mails = recipients.wait_for(len(made))
    with capsys.disabled():
        seconds = "; ".join(f"{how}: {', '.join(f'{each:.1f}' for each in found)}" for how, found in gaps.items())
        print(f"\nthe leader of three PostgreSQL by {way}, seed {SEED}: {tally}; seconds without a write: {seconds}")
        print(f"{len(made)} more were heard of, by one webhook at most {webhooks} times, by one mail at most {mails}")
    assert (tally.losses, watch.refused) == ([], [])
    assert set(made) <= set(ids), "an acknowledged client is lost"
    assert (len(set(made)), len(set(numbers))) == (len(made), len(ids)), "an id or number was given out twice"
    assert max(webhooks, mails) <= 2
    assert max(gaps["after the election"]) < 10
    assert max(gaps["without a read"]) < 5
