"""A Citus cluster loses a worker: its companies get an error at once and recover with it; others are not affected.

The nodes belong to the test, and use the programs of the cluster that GATEWAY_TEST_CITUS_URL names.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests import citus
from tests.drivers import Company, new_company
from tests.faults.outages import is_outage, is_well, read_through_each, statuses, until, write_through_each
from tests.gateway.command_line import CommandLine
from tests.process import GatewayProcess
from tests.scale.citus_nodes import Node, nodes_of
from tests.scale.test_citus_upgrade import distribution
from tests.traffic import Traffic

OTHERS_SECONDS = 5.0  # seconds for an answer of the other company, on a busy machine
COMPANIES = 4  # companies on the lost node, more than a gateway has threads
LOST_SECONDS = 6.0  # for which the node stays lost after the first error
PATIENCE = {"killed": 5.0, "cut off": 15.0, "suspended": 15.0, "swallowed": 15.0}  # seconds for any answer meanwhile

pytestmark = pytest.mark.skipif(not citus.is_there(), reason=citus.MISSING)


@dataclass(frozen=True)
class Spread:
    """A gateway whose companies are on two workers: some on the node that is lost, one on the other."""

    gateway: GatewayProcess
    node: Node
    its: Sequence[Company]
    others: Company


@pytest.fixture(scope="module")
def spread(tmp_path_factory) -> Iterator[Spread]:
    with ExitStack() as stack:
        short = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ct")))
        nodes = stack.enter_context(nodes_of(short))
        url = citus.distributed(citus.joined([make_url(each.url) for each in nodes], "register"))
        folder = tmp_path_factory.mktemp("spread")
        gateway = stack.enter_context(GatewayProcess(url, folder, database_wait_seconds=3))
        server = stack.enter_context(gateway.served())
        by_host: dict[str, list[Company]] = {node.host: [] for node in nodes[1:]}
        while not all(by_host.values()) or max(map(len, by_host.values())) < COMPANIES:
            company = stack.enter_context(closing(new_company(server)))
            by_host[host_of(url, company)].append(company)
        (_, others), (host, its) = sorted(by_host.items(), key=lambda each: len(each[1]))
        yield Spread(gateway, next(each for each in nodes if each.host == host), its, others[0])


def host_of(url: str, company: Company) -> str:
    """Return the host of the node that has a company's rows."""
    query = (
        "SELECT nodename FROM citus_shards WHERE shardid ="
        " (SELECT get_shard_id_for_distribution_column('clients', id) FROM companies WHERE name = %s) LIMIT 1"
    )
    with psycopg.connect(url) as connection:
        (row,) = connection.execute(query, [company.name]).fetchall()
        return str(row[0])


LOSSES: dict[str, tuple[Callable[[Node], None], Callable[[Node], None]]] = {
    "killed": (Node.kill, Node.start),
    "cut off": (Node.cut_off, Node.connect),
    "suspended": (Node.suspend, Node.resume),
    "swallowed": (Node.swallow, Node.pass_on),
}


@pytest.mark.parametrize("how", LOSSES)
def test_a_lost_worker_is_an_outage_of_its_companies_only(how, spread, capsys):
    lose, regain = LOSSES[how]
    gateway, pid = spread.gateway, spread.gateway.main.pid
    its = spread.its[0]
    kept = its.new_v1(name="Acknowledged")
    lost, others = [Traffic(gateway.port, each.key) for each in spread.its], Traffic(gateway.port, spread.others.key)
    with ExitStack() as flowing:
        for each in (*lost, others):
            flowing.enter_context(each.flowing())
        until(lambda: min(each.statuses.total() for each in (*lost, others)) > 20)
        lose(spread.node)
        until(lambda: all(each.statuses[503] > 5 for each in lost))
        before = others.statuses.total()
        time.sleep(LOST_SECONDS)
        assert others.statuses.total() > before + 20
        assert [is_outage(each) for each in write_through_each(its)] == [True, True]
        assert [is_outage(each) for each in read_through_each(its)] == [True, True]
        assert gateway.ready() == 200
        found = distribution(CommandLine(gateway.database_url, gateway.storage.parent))
        assert (found["state"], spread.node.host in found["found"]) == ("failure", True), found
        regain(spread.node)
        until(lambda: statuses(write_through_each(its)) == [201, 200])
    longest = max(each.longest for each in lost)
    with capsys.disabled():
        answers = sum((each.statuses for each in lost), Counter())
        print(
            f"\na worker of Citus was {how}: the longest answer and all of its {len(lost)} companies:"
            f" {longest:.1f} s, {dict(answers)}; of the other: {others.longest:.1f} s, {dict(others.statuses)}"
        )
    assert [each.failures for each in (*lost, others)] == [[]] * (len(lost) + 1)
    assert set(others.statuses) == {200, 201}
    assert {status for each in lost for status in each.statuses} == {200, 201, 503}
    assert longest < PATIENCE[how]
    assert others.longest < OTHERS_SECONDS
    assert its.v1_view(kept["id"])["name"] == "Acknowledged"
    assert is_well(its)
    assert is_well(spread.others)
    assert gateway.main.pid == pid
    assert "Traceback" not in gateway.log.read_text()
