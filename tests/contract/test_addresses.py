"""No run makes the tested gateway write to somebody: all addresses that it stores are names that cannot exist."""

from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from gateway.contract.reserved_addresses import reserve_addresses
from gateway.contract.stock import stock
from tests.gateway.command_line import fresh
from tests.server import Server
from tests.transport import Connections

PASSWORD = "Secret123"
OPERATIONS = {"api": ("createClient", "createContact"), "v1": ("createWebhook", "patchWebhook")}
LONG = "x" * 240
REPLACED = [
    ({"target_url": "hTTps://Some.Body:8080/a?b#c"}, {"target_url": "hTTps://hooks.example:8080/a?b#c"}),
    ({"target_url": " http://somebody.com "}, {"target_url": " http://hooks.example "}),
    ({"target_url": "https://user:word@somebody.com/"}, {"target_url": "https://hooks.example/"}),
    ({"target_url": "https://hooks.example@somebody.com:1"}, {"target_url": "https://hooks.example:1"}),
    ({"target_url": "not an address"}, {"target_url": "not an address"}),
    ({"email": "jane@acme.com"}, {"email": "jane@acme.com.example"}),
    ({"email": "\tJane@Acme "}, {"email": "\tJane@Acme.example "}),
    ({"email": "jane@acme.EXAMPLE"}, {"email": "jane@acme.EXAMPLE"}),
    ({"email": f"jane@{LONG}.com"}, {"email": "jane@contract.example"}),
    ({"email": "nobody"}, {"email": "nobody"}),
    ({"contacts": [{"email": "a@b.com", "send_email": True}]}, {"contacts": [{"email": "a@b.com.example"}]}),
    ({"contacts": {"0": {"email": ["a@b.com"]}}}, {"contacts": {"0": {"email": ["a@b.com.example"]}}}),
    ({"contacts[0][email]": "a@b.com"}, {"contacts[0][email]": "a@b.com.example"}),
    ({"name": "a@b.com"}, {"name": "a@b.com"}),
    (None, None),
    ("text", "text"),
]


@pytest.mark.parametrize(("sent", "wanted"), REPLACED, ids=str)
def test_addresses_are_moved_below_a_reserved_name(sent, wanted):
    reserve_addresses(sent)
    if isinstance(sent, dict) and isinstance(sent.get("contacts"), list):
        assert sent["contacts"][0].pop("send_email") is True
    assert sent == wanted


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("dialect", OPERATIONS)
def test_a_run_stores_only_addresses_that_cannot_exist(dialect, server: Server, folder: Path):
    key = server.bootstrap(f"Company of addresses {dialect}", password=PASSWORD)
    stock(server.url, key, clients=4)
    named = [part for each in OPERATIONS[dialect] for part in ("--operation", each)]
    deployment = (server.url, "--token", key, "--password", PASSWORD, "--write", "--dialect", dialect)
    result = fresh(folder).run("contract", *deployment, *named, "--max-examples", 5, "--report-dir", folder / "reports")
    assert result.exit_code == 0, result.output
    with httpx.Client(headers={"X-API-TOKEN": key}, transport=Connections()) as session:
        every = {"per_page": 5000, "with_trashed": "true"}
        clients, webhooks = (
            session.get(f"{server.url}/api/v1/{noun}", params=every).json()["data"] for noun in ("clients", "webhooks")
        )
    emails = [each["email"] for client in clients for each in client["contacts"] if each["email"]]
    hosts = [urlsplit(each["target_url"]).hostname for each in webhooks]
    assert len(emails) > 9  # of the stock
    assert len(emails if dialect == "api" else hosts) > 15
    assert [each for each in [*emails, *hosts] if not each.lower().endswith(".example")] == []
