"""A cluster of Citus loses a worker: its companies are told so at once, all others go on, and so do its own once it is
back. The nodes are the test's own, of the programs of the cluster that GATEWAY_TEST_CITUS_URL names.
"""

import tempfile
import time
from collections.abc import Iterator
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
PATIENCE = 5.0  # within which everything is answered meanwhile, on a machine with other work

pytestmark = pytest.mark.skipif(not citus.is_there(), reason=citus.MISSING)


@dataclass(frozen=True)
class Spread:
    """A gateway over a register whose companies are on two workers: one on the node that is lost, one on the other."""

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
        by_port: dict[int, Company] = {}
        while len(by_port) < 2:
            company = stack.enter_context(closing(new_company(server)))
            by_port.setdefault(port_of(url, company), company)
        (port, its), (_, others) = by_port.items()
        yield Spread(gateway, next(each for each in nodes if each.port == port), its, others)


def port_of(url: str, company: Company) -> int:
    """That of the node which has a company's rows."""
    query = (
        "SELECT nodeport FROM citus_shards WHERE shardid ="
        " (SELECT get_shard_id_for_distribution_column('clients', id) FROM companies WHERE name = %s)"
    )
    with psycopg.connect(url) as connection:
        (row,) = connection.execute(query, [company.name]).fetchall()
        return int(row[0])


def test_a_lost_worker_is_an_outage_of_its_companies_alone(spread):
    gateway, pid = spread.gateway, spread.gateway.main.pid
    kept = spread.its.new_v1(name="Acknowledged")
    its, others = (Traffic(gateway.port, each.key) for each in (spread.its, spread.others))
    with its.flowing(), others.flowing():
        until(lambda: min(its.statuses.total(), others.statuses.total()) > 20)
        spread.node.kill()
        until(lambda: its.statuses[503] > 20)
        before = others.statuses.total()
        time.sleep(LOST_SECONDS)
        assert others.statuses.total() > before + 20
        assert [is_outage(each) for each in write_through_each(spread.its)] == [True, True]
        assert [is_outage(each) for each in read_through_each(spread.its)] == [True, True]
        assert gateway.ready() == 200
        found = distribution(CommandLine(gateway.database_url, gateway.storage.parent))
        assert (found["state"], f":{spread.node.port}" in found["found"]) == ("failure", True), found
        spread.node.start()
        until(lambda: statuses(write_through_each(spread.its)) == [201, 200])
    assert (its.failures, others.failures) == ([], [])
    assert set(others.statuses) == {200, 201}
    assert set(its.statuses) == {200, 201, 503}
    assert max(its.longest, others.longest) < PATIENCE
    assert spread.its.v1_view(kept["id"])["name"] == "Acknowledged"
    assert is_well(spread.its)
    assert is_well(spread.others)
    assert gateway.main.pid == pid
    assert "Traceback" not in gateway.log.read_text()
