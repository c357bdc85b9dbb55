"""The messages to subscribers: each event, in their dialect, and nothing of other companies."""

import base64
import hashlib
import hmac

import pytest

from core.access.keys import Actor
from core.clients import clients
from tests.drivers import Company
from tests.register.arranging import bulk, eventually, number_of, register
from tests.webhooks.conftest import listed, subscribed

EVENTS = ["created", "updated", "archived", "restored", "deleted", "restored", "updated", "purged"]


def all_delivered(company: Company) -> bool:
    return all(each["ended_at"] for each in listed(company))


def a_life(company: Company) -> dict[str, list[dict]]:
    """A client with all of `EVENTS`, and how each dialect shows it after each of them, or showed it last."""
    shown: dict[str, list[dict]] = {"api": [], "v1": []}
    made = company.new_v1(name="Acme", contacts=[{"first_name": "Jane", "email": "jane@x.example"}])
    client_id, path = number_of(made), f"/clients/{made['id']}"

    def look() -> None:
        for seen, answer in zip(
            shown.values(), (company.api.get(f"/clients/{client_id}"), company.v1.get(path)), strict=True
        ):
            seen.append(answer.json()["data"] if answer.status_code == 200 else seen[-1])

    look()
    for act in (
        lambda: company.v1.put(path, json={"name": "Größe"}),
        lambda: bulk(company, "archive", made["id"]),
        lambda: bulk(company, "restore", made["id"]),
        lambda: company.v1.delete(path),
        lambda: bulk(company, "restore", made["id"]),
        lambda: company.api.put(f"/clients/{client_id}/tags", json={"tags": ["x"]}),
    ):
        assert act().status_code == 200
        look()
    assert eventually(lambda: all_delivered(company))  # erasing withdraws what still waits
    assert company.v1.post(f"{path}/purge", headers=company.with_password).status_code == 200
    look()
    return shown


def test_every_event_is_delivered_in_order_as_its_dialect_shows_the_client(company, receiver, other_receiver):
    inboxes = {"api": receiver, "v1": other_receiver}
    hooks = {dialect: subscribed(company, inbox, dialect) for dialect, inbox in inboxes.items()}
    shown = a_life(company)
    for dialect, inbox in inboxes.items():
        requests = inbox.waited_for(len(EVENTS))
        messages = [each.opened(hooks[dialect]["secret"]) for each in requests]
        assert [each["type"] for each in messages] == [f"client.{event}" for event in EVENTS]
        assert [each["data"] for each in messages] == shown[dialect]
        assert [set(each) for each in messages] == [{"type", "timestamp", "data"}] * len(EVENTS)
        assert [each["timestamp"] for each in messages] == sorted(each["timestamp"] for each in messages)
        assert len({each.message_id for each in requests}) == len(EVENTS)
    assert eventually(lambda: all_delivered(company))
    assert [each["event"] for each in listed(company)] == ["client.purged"] * 2  # all else went with the client


def test_the_signature_follows_the_specification(company, receiver):
    hook = subscribed(company, receiver)
    company.new_v1(name="Acme")
    (request,) = receiver.waited_for(1)
    headers = request.headers
    key = base64.b64decode(hook["secret"].removeprefix("whsec_"))
    assert len(key) == 32
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{request.body}".encode()
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{signature}"
    assert headers["content-type"] == "application/json"


def test_only_the_events_asked_for_are_delivered(company, receiver):
    hook = subscribed(company, receiver, "v1", "client.archived", "client.merged")
    first, second = (company.new_v1(name=name) for name in ("First", "Second"))
    bulk(company, "archive", second["id"])
    company.v1.post(f"/clients/{first['id']}/{second['id']}/merge", headers=company.with_password)
    archived, merged = (each.opened(hook["secret"]) for each in receiver.waited_for(2))
    assert (archived["type"], archived["data"]["id"]) == ("client.archived", second["id"])
    assert (merged["type"], merged["data"]) == ("client.merged", company.v1_view(first["id"]))


def test_a_merge_also_reports_the_client_that_is_removed(company, receiver):
    first, second = (company.new_v1(name=name) for name in ("First", "Second"))
    hook = subscribed(company, receiver, "api")
    company.v1.post(f"/clients/{first['id']}/{second['id']}/merge", headers=company.with_password)
    messages = [each.opened(hook["secret"]) for each in receiver.waited_for(2)]
    assert [(each["type"], each["data"]["id"]) for each in messages] == [
        ("client.purged", number_of(second)),
        ("client.merged", number_of(first)),
    ]


def test_a_dialect_reports_nothing_that_it_does_not_show(company, receiver, other_receiver):
    subscribed(company, receiver, "api")
    subscribed(company, other_receiver, "v1")
    made = company.new_v1()
    company.v1.delete(f"/clients/{made['id']}")
    register(company, clients.set_balance, number_of(made), balance=1)
    assert eventually(lambda: all_delivered(company))
    assert [each["event"] for each in listed(company, webhook_id=listed(company)[0]["webhook_id"])] == [
        "client.created",
        "client.deleted",
    ]
    assert len(receiver.requests) == 2
    assert len(other_receiver.waited_for(3)) == 3


def test_clients_moved_to_another_category_at_once_are_reported_one_by_one(company, receiver):
    hook = subscribed(company, receiver, "api", "client.updated")
    made = [company.new_legacy() for _ in range(2)]
    target = company.api.post("/categories", json={"category_name": "Target"}).json()["data"]
    moved = company.api.put(f"/categories/{made[0]['category']['id']}/migrate", json={"category_id": target["id"]})
    assert moved.status_code == 200
    messages = [each.opened(hook["secret"]) for each in receiver.waited_for(2)]
    assert [each["data"] for each in messages] == [company.legacy_view(each["id"]) for each in made]
    assert {each["data"]["category"]["name"] for each in messages} == {"Target"}


def test_other_companies_refused_writes_and_writes_without_change_are_not_reported(company, other_company, receiver):
    subscribed(company, receiver)
    other_company.new_v1()
    made = company.new_v1(name="Acme")
    company.v1.put(f"/clients/{made['id']}", json=made)
    company.v1.post("/clients", json={"number": made["number"]})
    company.v1.put(f"/clients/{made['id']}", json={"name": "Last"})
    assert [each.headers["webhook-id"][:4] for each in receiver.waited_for(2)] == ["msg_"] * 2
    assert [each["event"] for each in listed(company)] == ["client.created", "client.updated"]
    assert listed(other_company) == []


def test_a_change_that_is_rolled_back_is_not_reported(company, receiver):
    subscribed(company, receiver)

    def unit(connection, company_id):
        clients.create(connection, Actor(company_id, 0, 0), {"name": "Never"})
        raise RuntimeError

    with pytest.raises(RuntimeError):
        register(company, unit)
    assert listed(company) == []
