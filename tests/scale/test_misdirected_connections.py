"""A load balancer that leads to a standby for a moment, because it has not noticed a fail-over yet."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.drivers import Company, new_company
from tests.faults.outages import is_outage, is_well, statuses, until, write_through_each
from tests.faults.proxy import Line
from tests.register.callers import CALLERS
from tests.scale.replication import Pair, replicated
from tests.server import serving


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with replicated() as servers:
        yield servers


def misdirect(line: Line, pair: Pair, company: Company) -> None:
    """Make every connection of the gateway reach the standby."""
    line.cut()
    line.lead_to(pair.standby_url)
    line.mend()
    until(lambda: [is_outage(each) for each in write_through_each(company)] == [True, True])


def test_connections_to_a_standby_are_replaced_once_the_primary_is_reached_again(pair, tmp_path):
    line = Line(pair.primary_url)
    with (
        serving(line.url, tmp_path, database_wait_seconds=2) as server,
        closing(new_company(server)) as company,
        pair.lagging(),
    ):
        client_id = int(company.new_legacy()["id"])
        misdirect(line, pair, company)
        line.lead_to(pair.primary_url)  # and no connection breaks
        assert statuses(write_through_each(company)) == [201, 200]
        for name, kind in CALLERS.items():
            caller = kind(company)
            assert caller.rename(client_id, f"By {name}").is_success
            assert {kind(company).name_and_state(client_id)[0] for kind in CALLERS.values()} == {f"By {name}"}
        assert is_well(company)
    line.close()
