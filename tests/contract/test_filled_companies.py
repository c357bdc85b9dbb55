"""The contract proof on a company that earlier runs and others have filled: no false alarm, and nothing left to send."""

from pathlib import Path

import httpx
import pytest

from gateway.contract.operations import PREFIXES
from gateway.contract.oracles import listed, stocked
from gateway.contract.stock import stock
from tests.contract.scenes import failures, verdicts
from tests.gateway.command_line import fresh
from tests.server import Server
from tests.transport import Connections

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

PASSWORD = "Secret123"
MODULES = (
    *("lists_filtered", "lists_sorted", "lists_paged", "lists_bounds", "sent_is_shown", "two_views", "derived"),
    *("neighbours", "life_states", "category_counts", "followed"),
)


@pytest.fixture
def keys(server: Server, request: pytest.FixtureRequest) -> list[str]:
    made = [server.bootstrap(f"{request.node.name} {number}", password=PASSWORD) for number in (1, 2)]
    for key in made:
        stock(server.url, key, clients=4)
    return made


@pytest.mark.parametrize("dialect", PREFIXES)
def test_a_second_run_in_the_same_company_has_no_false_alarm(dialect, server, keys, monkeypatch):
    monkeypatch.setattr(listed, "MAX_COMPARED", 12)  # fewer than any list has
    for _ in range(2):
        stocked._done.clear()  # as in another process
        found = verdicts(server.url, dialect, keys, PASSWORD, MODULES)
        assert failures(found) == {}
        assert all(each.compared or each.not_reached for each in found)


def test_a_run_deletes_the_webhooks_that_it_has_created(server, keys, folder: Path):
    def webhooks() -> list[str]:
        listing = f"{server.url}/api/v1/webhooks?per_page=5000"
        with httpx.Client(headers={"X-API-TOKEN": keys[0]}, transport=Connections()) as session:
            return [each["target_url"] for each in session.get(listing).json()["data"]]

    before = webhooks()
    deployment = (server.url, "--token", keys[0], "--password", PASSWORD, "--write", "--dialect", "v1")
    some = ("--oracle", "webhooks_are_checked", "--operation", "createWebhook", "--max-examples", 3)
    result = fresh(folder).run("contract", *deployment, *some, "--report-dir", folder / "reports")
    assert result.exit_code == 0, result.output
    assert webhooks() == before
    assert len(before) == 1
