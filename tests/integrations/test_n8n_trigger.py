"""n8n's Invoice Ninja trigger: a workflow subscribes, receives a new client, and unsubscribes."""

import json

import pytest

from gateway.settings import Settings
from tests.server import serving
from tests.webhooks.receiver import receiving


@pytest.fixture(scope="module")
def server(engine, new_register, tmp_path_factory):
    """A gateway that may deliver to this machine, where the workflow listens."""
    if "webhook_allow" not in Settings.model_fields:
        pytest.skip("this gateway has no /api/v1/webhooks")
    settings = {"webhook_allow": "127.0.0.1", "housekeeping_seconds": 0.05}
    with serving(new_register(engine), tmp_path_factory.mktemp("trigger"), **settings) as running:
        yield running


@pytest.fixture
def workflow():
    with receiving() as made:
        yield made


def hook(method: str) -> dict:
    return {"action": "hook", "method": method, "parameters": {"event": "create_client", "apiVersion": "v5"}}


def test_a_workflow_is_notified_of_new_clients_while_it_is_active(company, n8n, workflow):
    absent, made, present = n8n(hook("checkExists"), hook("create"), hook("checkExists"), webhookUrl=workflow.url)
    assert [absent["value"], made["value"], present["value"]] == [False, True, True]
    (registered,) = company.v1.get("/webhooks").json()["data"]
    assert present["staticData"] == {"webhookId": registered["id"]}

    client = company.new_v1(name="Acme")
    company.v1.put(f"/clients/{client['id']}", json={"city": "Bern"})  # not what it asked for
    (request,) = workflow.waited_for(1)
    (started,) = n8n({"action": "received", "body": json.loads(request.body), "parameters": {}})
    assert [(each["id"], each["name"]) for each in started["value"]] == [(client["id"], "Acme")]

    (removed,) = n8n(hook("delete"), webhookUrl=workflow.url, staticData=present["staticData"])
    assert (removed["value"], removed["staticData"]) == (True, {})
    company.new_v1(name="Later")
    again = n8n(hook("checkExists"), webhookUrl=workflow.url, staticData=present["staticData"])
    assert again[0]["value"] is False
    assert len(workflow.requests) == 1
