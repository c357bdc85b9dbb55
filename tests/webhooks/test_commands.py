"""`gateway webhooks`, and that changes made on the command line are delivered too."""

import sqlite3

import httpx
import pytest

from core.events.webhooks import Event
from gateway.cli.parameters import DialectName
from gateway.enabled_dialects import dialects
from gateway.settings import Settings
from tests.gateway.command_line import KEY, CommandLine, new_acme
from tests.register.arranging import eventually
from tests.server import serving


@pytest.fixture
def cli(tmp_path) -> CommandLine:
    return new_acme(tmp_path)


def test_a_webhook_can_have_every_dialect_and_every_event(cli):
    assert {each.value for each in DialectName} == {dialect.name for dialect in dialects(Settings())}
    assert all(event in cli("webhooks", "add", "--help") for event in Event)


def test_the_secret_is_shown_once(cli):
    result = cli.run("webhooks", "add", "https://x.example/hook", "--dialect", "v1", "--events", "client.purged")
    secret = result.stdout.strip()
    assert secret.startswith("whsec_")
    assert "Webhook 1 sends events to https://x.example/hook from now on" in result.stderr
    (row,) = cli.listed("webhooks", "list")
    assert (row["url"], row["dialect"], row["events"]) == ("https://x.example/hook", "v1", "client.purged")
    assert (row["waiting"], row["dead"], row["disabled_at"]) == (0, 0, None)
    assert all(secret not in cli("webhooks", "list", *options) for options in ((), ("--json",)))
    cli("webhooks", "remove", 1, "--yes")
    assert cli.listed("webhooks", "list") == []


@pytest.mark.parametrize(
    "url",
    ["ftp://x.example", "x.example/hook", "https://", "https://user:word@x.example", "http://x.example/a b",
     "http://[::1", "https://x.example/#part", "https://müller.example", "https://x.example/" + "x" * 2000],
)  # fmt: skip
def test_an_invalid_url_is_refused(cli, url):
    result = cli.run("webhooks", "add", url, "--dialect", "v1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: The url ")


REFUSALS = {
    "no dialect": (("add", "https://x.example"), 2, "--dialect"),
    "an unknown dialect": (("add", "https://x.example", "--dialect", "v2"), 2, "v2"),
    "an unknown event": (
        ("add", "https://x.example", "--dialect", "v1", "--events", "client.sung"),
        2,
        "client.merged",
    ),
    "an unknown webhook": (("remove", 9), 1, "There is no such webhook."),
    "a webhook that none can be": (("remove", 10**30), 1, "There is no such webhook."),
    "a delivery that none can be": (("replay", 2**63), 1, "cannot be repeated"),
    "an unknown webhook to test": (("test", 9), 1, "There is no such webhook."),
    "an unknown webhook to enable": (("enable", 9), 1, "There is no such webhook."),
    "nothing to replay": (("replay",), 2, "Name the id of a delivery, --since or --dead."),
    "an unknown delivery": (("replay", 9), 1, "Delivery 9 cannot be repeated"),
    "no moment": (("replay", "--since", "yesterday"), 2, "must be a Unix timestamp or an ISO 8601 date"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_an_invalid_command_says_why(cli, case):
    arguments, status, words = REFUSALS[case]
    result = cli.run("webhooks", *arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert words in result.stderr


def test_a_test_message_is_signed_and_its_answer_is_shown(cli, receiver):
    secret = cli("webhooks", "add", receiver.url, "--dialect", "api")
    assert cli.run("webhooks", "test", 1).stderr == f"{receiver.url} accepted it: 204.\n"
    (request,) = receiver.requests
    said = request.opened(secret)
    assert (said["type"], said["data"]) == ("webhook.test", {})
    receiver.answers = [500]
    result = cli.run("webhooks", "test", 1)
    assert (result.exit_code, result.stderr) == (1, "Error: The subscriber rejected it: The answer was 500.\n")


def test_changes_on_the_command_line_are_delivered_listed_and_replayed(cli, tmp_path, receiver):
    secret = cli("webhooks", "add", receiver.url, "--dialect", "v1")
    with serving(cli.database_url, tmp_path, housekeeping_seconds=0.05) as server:
        made = httpx.post(f"{server.url}/api/v1/clients", headers={"X-API-TOKEN": KEY}).json()["data"]
        receiver.waited_for(1)
        assert eventually(lambda: [row["status"] for row in cli.listed("webhooks", "deliveries")] == ["delivered"])
    cli("clients", "set-balance", made["id"], "--balance", "5", GATEWAY_PUBLIC_URL=server.url)
    waiting, delivered = cli.listed("webhooks", "deliveries")
    assert (waiting["status"], waiting["event"], waiting["attempts"]) == ("waiting", "client.updated", 0)
    assert (delivered["status"], delivered["event"], delivered["attempts"]) == ("delivered", "client.created", 1)
    assert cli.run("webhooks", "replay", waiting["id"]).exit_code == 1
    assert "1 message will be delivered again" in cli.run("webhooks", "replay", delivered["id"]).stderr
    assert [row["waiting"] for row in cli.listed("webhooks", "list")] == [2]
    with serving(cli.database_url, tmp_path, housekeeping_seconds=0.05):
        requests = receiver.waited_for(3)
    messages = [each.opened(secret) for each in requests]
    assert [each["type"] for each in messages] == ["client.created", "client.created", "client.updated"]
    assert (requests[1].message_id, messages[2]["data"]["balance"]) == (delivered["message_id"], 5)


def test_webhooks_of_callers_are_listed_tried_and_removed_by_an_operator_as_well(cli, tmp_path, receiver):
    cli("webhooks", "add", "https://x.example/hook", "--dialect", "v1")
    body = {"event_id": "1", "target_url": "https://hooks.example/", "rest_method": "put", "headers": {"X-A": "1"}}
    with serving(cli.database_url, tmp_path) as server, httpx.Client(headers={"X-API-TOKEN": KEY}) as caller:
        made = [caller.post(f"{server.url}/api/v1/webhooks", json=body).json()["data"]["id"] for _ in range(2)]
        caller.delete(f"{server.url}/api/v1/webhooks/{made[1]}")
    listed = cli.listed("webhooks", "list")
    assert [(each["origin"], each["status"]) for each in listed] == [
        ("operator", "active"),
        ("caller", "active"),
        ("caller", "deleted"),
    ]
    assert "X-A" not in cli("webhooks", "list", "--json")
    with sqlite3.connect(cli.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE webhooks SET url = ? WHERE id = 2", [receiver.url])
    refused = cli.run("webhooks", "test", 2)
    assert (refused.exit_code, receiver.requests) == (1, [])
    assert "AddressRefused" in refused.stderr
    cli("webhooks", "test", 2, GATEWAY_WEBHOOK_ALLOW="127.0.0.1")
    (request,) = receiver.requests
    assert (request.method, request.body, request.headers["x-a"]) == ("PUT", "{}", "1")
    assert cli.run("webhooks", "enable", 3).exit_code == 1
    cli("webhooks", "remove", 2, "--yes")
    assert [each["id"] for each in cli.listed("webhooks", "list")] == [1, 3]
