"""A Citus cluster loses a worker: its companies get an error at once and recover with it; others are not affected.

The nodes belong to the test, and use the programs of the cluster that GATEWAY_TEST_CITUS_URL names.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
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

LOST_SECONDS = 6.0  # for which the node is away
PATIENCE = {"killed": 5.0, "cut off": 15.0}  # seconds for any answer meanwhile, on a machine with other work

pytestmark = pytest.mark.skipif(not citus.is_there(), reason=citus.MISSING)


@dataclass(frozen=True)
class Spread:
    """A gateway whose companies are on two workers: one on the node that is lost, one on the other."""

    gateway: GatewayProcess
    node: Node
    its: Company
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
        by_host: dict[str, Company] = {}
        while len(by_host) < 2:
            company = stack.enter_context(closing(new_company(server)))
            by_host.setdefault(host_of(url, company), company)
        (host, its), (_, others) = by_host.items()
        yield Spread(gateway, next(each for each in nodes if each.host == host), its, others)


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
}


@pytest.mark.parametrize("how", LOSSES)
def test_a_lost_worker_is_an_outage_of_its_companies_alone(how, spread, capsys):
    lose, regain = LOSSES[how]
    gateway, pid = spread.gateway, spread.gateway.main.pid
    kept = spread.its.new_v1(name="Acknowledged")
    its, others = (Traffic(gateway.port, each.key) for each in (spread.its, spread.others))
    with its.flowing(), others.flowing():
        until(lambda: min(its.statuses.total(), others.statuses.total()) > 20)
        lose(spread.node)
        until(lambda: its.statuses[503] > 5)
        before = others.statuses.total()
        time.sleep(LOST_SECONDS)
        assert others.statuses.total() > before + 20
        assert [is_outage(each) for each in write_through_each(spread.its)] == [True, True]
        assert [is_outage(each) for each in read_through_each(spread.its)] == [True, True]
        assert gateway.ready() == 200
        found = distribution(CommandLine(gateway.database_url, gateway.storage.parent))
        assert (found["state"], spread.node.host in found["found"]) == ("failure", True), found
        regain(spread.node)
        until(lambda: statuses(write_through_each(spread.its)) == [201, 200])
    with capsys.disabled():
        found = [f"{each.longest:.1f} s, {dict(each.statuses)}" for each in (its, others)]
        print(
            f"\na worker of Citus was {how}: the longest answer and all of its company: {found[0]}; others: {found[1]}"
        )
    assert (its.failures, others.failures) == ([], [])
    assert set(others.statuses) == {200, 201}
    assert set(its.statuses) == {200, 201, 503}
    assert max(its.longest, others.longest) < PATIENCE[how]
    assert spread.its.v1_view(kept["id"])["name"] == "Acknowledged"
    assert is_well(spread.its)
    assert is_well(spread.others)
    assert gateway.main.pid == pid
    assert "Traceback" not in gateway.log.read_text()
