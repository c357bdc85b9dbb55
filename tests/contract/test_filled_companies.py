"""The contract proof on a company that earlier runs have filled: no false alarm, and no webhooks left behind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.contract.operations import PREFIXES
from gateway.contract.oracles import listed, stocked
from gateway.contract.stock import stock
from tests.contract.scenes import failures, verdicts
from tests.gateway.command_line import Result, fresh
from tests.server import Server
from tests.transport import Connections

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

PASSWORD = "Secret123"
FILLING = ("sorts_order", "sorts_have_levels", "sent_is_shown", "created_is_shown")
AGAIN = (
    *(*FILLING, "default_order", "sorts_by_contact", "order_has_a_default", "pages_end", "pages_are_the_whole"),
    *("page_sizes", "filters_combine", "states_list_exactly", "filtered_lists_are_paged"),
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
    for names in (FILLING, AGAIN):
        stocked._done.clear()  # as in another process
        found = verdicts(server.url, dialect, keys, PASSWORD, names)
        assert failures(found) == {}
        assert all(each.compared or each.not_reached for each in found)


class Deployment:
    """The webhooks of a company, and runs with its key."""

    def __init__(self, server: Server, key: str, folder: Path) -> None:
        self.url = f"{server.url}/api/v1/webhooks"
        self.given = (server.url, "--token", key, "--password", PASSWORD, "--write", "--dialect", "v1")
        self.session = httpx.Client(headers={"X-API-TOKEN": key}, transport=Connections())
        self.folder, self.gateway = folder, fresh(folder)

    def webhooks(self) -> list[str]:
        return [each["target_url"] for each in self.session.get(f"{self.url}?per_page=5000").json()["data"]]

    def add(self, target_url: str, **more: Any) -> str:
        answer = self.session.post(self.url, json={"event_id": "1", "target_url": target_url}, **more)
        return str(answer.raise_for_status().json()["data"]["id"])

    def run(self, *some: object) -> Result:
        return self.gateway.run("contract", *self.given, *some, "--report-dir", self.folder / "reports")


@pytest.fixture
def deployment(server: Server, keys: list[str], folder: Path) -> Iterator[Deployment]:
    made = Deployment(server, keys[0], folder)
    yield made
    made.session.close()


@pytest.mark.parametrize(
    "some", [("--oracle", "webhooks_are_checked"), ("--operation", "createWebhook", "--max-examples", 3)], ids=str
)
def test_a_run_deletes_the_webhooks_that_it_has_created(deployment, some):
    before = deployment.webhooks()
    result = deployment.run(*some)
    assert result.exit_code == 0, result.output
    assert deployment.webhooks() == before
    assert len(before) == 1
    every = deployment.session.get(f"{deployment.url}?with_trashed=true").json()["meta"]["pagination"]["total"]
    assert every > len(before)


def test_a_run_says_that_a_company_has_no_room_for_its_webhooks(deployment):
    for number in range(45):
        deployment.add(f"https://hooks.example/{number}")
    result = deployment.run("--oracle", "defaults_are_given")
    assert "more than 40 webhooks" in result.output
    assert len(deployment.webhooks()) == 46


@pytest.mark.parametrize("option", ["--token", "--other-token"])
def test_no_run_begins_if_it_could_make_deleted_webhooks_unrecoverable(deployment, keys, option):
    """A gateway keeps the last hundred deleted webhooks, and the run deletes many of its own."""
    company = {"X-API-TOKEN": keys[option == "--other-token"]}
    made = deployment.add("https://hooks.acme.test/paid", headers=company)
    deployment.session.delete(f"{deployment.url}/{made}", headers=company).raise_for_status()
    result = deployment.run("--oracle", "defaults_are_given", "--other-token", keys[1])
    assert result.exit_code == 1
    assert f"The company of this {option} has deleted webhooks (1)" in result.output
    assert not (deployment.folder / "reports").exists() or not [*(deployment.folder / "reports").glob("*.log")]
