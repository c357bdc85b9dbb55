"""A write that changes nothing leaves `updated_at` and `ETag` and is not reported; any other write changes all of them.

Two systems that keep each other up to date would otherwise answer each other for ever.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from core.clients import clients
from core.events import activities, deliveries, webhooks
from tests.drivers import Company
from tests.register.arranging import number_of, register, upload

PASSWORD = "Secret123"
ANN = {
    "first_name": "Ann",
    "last_name": "Lee",
    "email": "ann@x.example",
    "password": PASSWORD,
    "phone": "1",
    "custom_value1": "c",
}
CLIENT = {
    "name": "Acme",
    "number": "A-1",
    "address1": "Main 1",
    "address2": "Back 2",
    "country_id": "276",
    "settings": {"flag": 1, "tree": {"a": [1, True]}, "payment_terms": "30"},
    "contacts": [ANN, {"first_name": "Bob", "email": "bob@x.example", "send_email": False}],
}


@dataclass
class World:
    """A client with records of every kind, and everything that its writes may change."""

    company: Company
    group: dict[str, Any]
    client: dict[str, Any]
    document: dict[str, Any]
    token: dict[str, Any]
    webhook: dict[str, Any]

    @property
    def v1(self):
        return self.company.v1

    @property
    def api(self):
        return self.company.api

    @property
    def paths(self) -> dict[str, tuple[str, str]]:
        """Return dialect and path of every record that has a version, by name."""
        client_id, group_id = number_of(self.client), number_of(self.group)
        contacts = {f"contact {n}": ("api", f"/contacts/{number_of(c)}") for n, c in enumerate(self.client["contacts"])}
        return contacts | {
            "client in v1": ("v1", f"/clients/{self.client['id']}"),
            "client in api": ("api", f"/clients/{client_id}"),
            "group": ("v1", f"/group_settings/{self.group['id']}"),
            "category": ("api", f"/categories/{group_id}"),
            "document": ("v1", f"/documents/{self.document['id']}"),
            "token": ("v1", f"/client_gateway_tokens/{self.token['id']}"),
            "webhook": ("v1", f"/webhooks/{self.webhook['id']}"),
        }

    def path(self, name: str) -> str:
        return self.paths[name][1]

    def seen(self) -> dict[str, tuple[str, Any]]:
        """Return the versions and bodies of all of them."""
        answers = {name: getattr(self, dialect).get(path) for name, (dialect, path) in self.paths.items()}
        return {name: (each.headers.get("etag"), each.json().get("data")) for name, each in answers.items()}

    def recorded(self) -> tuple[int, int]:
        """Return the numbers of activities and webhook messages."""
        return len(register(self.company, activities.list_all)), len(register(self.company, deliveries.list_all))


@pytest.fixture
def world(company):
    return arranged(company)


@pytest.fixture(scope="module")
def still(shared):
    """A shared world for all writes that change nothing."""
    return arranged(shared)


def arranged(company):
    register(company, webhooks.add, "http://127.0.0.1:9/never", "v1")
    group = company.v1.post("/group_settings", json={"name": "Trade", "settings": {"a": 1, "b": True}}).json()["data"]
    client = company.new_v1(**CLIENT, group_settings_id=group["id"])
    company.api.put(f"/clients/{number_of(client)}/tags", json={"tags": ["a", "b"]})
    company.api.patch(f"/contacts/{number_of(client['contacts'][0])}", json=ANN_IN_API | {"social_github": "ann"})
    upload(company, client["id"], ("a.txt", b"a"))
    body = {"client_id": client["id"], "token": "tok", "is_default": True, "meta": {"brand": "visa", "month": 1}}
    token = company.v1.post("/client_gateway_tokens", json=body).json()["data"]
    hook = {"target_url": "https://hooks.example.com/a", "event_id": "45", "headers": {"X-A": "1"}}
    webhook = company.v1.post("/webhooks", json=hook).json()["data"]
    shown = company.v1_view(client["id"])
    return World(company, group, shown, shown["documents"][0], token, webhook)


def contact(world, position=0, **changed):
    """Return the contacts array as it was read, with a change of one contact."""
    contacts = [dict(each) for each in world.client["contacts"]]
    contacts[position] |= changed
    return {"contacts": contacts}


Body = dict[str, Any]
Write = Callable[[World], httpx.Response]


def put(name: str, body: Body | Callable[[World], Body], rest: str = "") -> Write:
    """Return a write of a given or computed body to a record or to a path below it."""
    return lambda w: _write(w, "PUT", name, rest, body)


def patch(name: str, body: Body | Callable[[World], Body]) -> Write:
    return lambda w: _write(w, "PATCH", name, "", body)


def post(path: str, **body: Any) -> Write:
    """Return a bulk action on the client, its group or the webhook."""
    noun = {"clients": "client", "group_settings": "group", "webhooks": "webhook"}[path.split("/")[1]]
    return lambda w: w.v1.post(
        path, json={"ids": [getattr(w, noun)["id"]], **{k: _made(v, w) for k, v in body.items()}}
    )


def _write(world, method, name, rest, body):
    return getattr(world, world.paths[name][0]).request(method, world.path(name) + rest, json=_made(body, world))


def _made(value, world):
    return value(world) if callable(value) else value


def contacts(world, position=0, **changed):
    """Return the contacts array as it was read, with a change of one contact."""
    read = world.client["contacts"]
    return {"contacts": [each | changed if each is read[position] else each for each in read]}


def by_ids(world):
    return {"contacts": [{"id": each["id"], "is_primary": each["is_primary"]} for each in world.client["contacts"]]}


def second_first(world):
    return {"contacts": [{"id": each["id"]} for each in world.client["contacts"][::-1]]}


def form(world):
    flags = {"contacts[0][send_email]": "1", "contacts[1][send_email]": "0"}
    ids = {f"contacts[{n}][id]": each["id"] for n, each in enumerate(world.client["contacts"])}
    return world.v1.put(world.path(V1), data={"name": "Acme", "settings[payment_terms]": "30"} | ids | flags)


V1, API = "client in v1", "client in api"
NAME = {"client_company_name": "Acme"}
ANN_IN_API = {"first_name": "Ann", "last_name": "Lee", "email": "ann@x.example"}

NOTHING_CHANGES: dict[str, Write] = {
    "v1: nothing at all": put(V1, {}),
    "v1: one field": put(V1, {"address1": "Main 1"}),
    "v1: white space around a reference": put(V1, {"number": " A-1 "}),
    "v1: an empty number": put(V1, {"number": ""}),
    "v1: null for an empty field": put(V1, {"city": None}),
    "v1: a country by its code": put(V1, {"country_code": "DEU"}),
    "v1: a country as an integer": put(V1, {"country_id": 276}),
    "v1: some of the settings": put(V1, {"settings": {"flag": 1}}),
    "v1: the company's currency": put(V1, {"settings": {"currency_id": "1"}}),
    "v1: a setting taken out that is not there": put(V1, {"settings": {"none": None}}),
    "v1: what was read": put(V1, lambda w: w.client),
    "v1: a form": form,
    "v1: its group": put(V1, lambda w: {"group_settings_id": w.group["id"]}),
    "v1: contacts with only their ids": put(V1, by_ids),
    "v1: contacts in another order": put(V1, lambda w: {"contacts": w.client["contacts"][::-1]}),
    "v1: the password that a contact has": put(V1, lambda w: contacts(w, password=PASSWORD)),
    "v1: an email with white space around it": put(V1, lambda w: contacts(w, email=" ann@x.example ")),
    "v1: restoring what is active": post("/clients/bulk", action="restore"),
    "v1: one field in bulk": post("/clients/bulk", action="bulk_update", column="country_id", new_value="276"),
    "v1: its group in bulk": post("/clients/bulk", action="assign_group", group_settings_id=lambda w: w.group["id"]),
    "v1: a group as it was read": put("group", lambda w: w.group),
    "v1: some settings of a group": put("group", {"settings": {"a": 1}}),
    "v1: restoring an active group": post("/group_settings/bulk", action="restore"),
    "v1: a document's name in a folder": put("document", {"name": "folder/a.txt", "is_public": False}),
    "v1: a token as it was read": put("token", lambda w: w.token),
    "v1: a token's tree in another order": put("token", {"meta": {"month": 1, "brand": "visa"}, "is_default": "1"}),
    "v1: a webhook as it was read": put("webhook", lambda w: w.webhook),
    "v1: a webhook's words in other cases": put("webhook", {"event_id": 45, "rest_method": "POST", "format": "json"}),
    "v1: a webhook's headers as a list": put("webhook", {"headers": [{"name": "X-A", "value": 1}]}),
    "v1: restoring an active webhook": post("/webhooks/bulk", action="restore"),
    "api: only the name": patch(API, NAME),
    "api: a street in one line": patch(API, NAME | {"client_billing_street": "Main 1, Back 2"}),
    "api: a country by its code": patch(API, NAME | {"client_billing_country": "de"}),
    "api: days with a zero before them": patch(API, NAME | {"client_billing_invoice_due_days": "030"}),
    "api: its category": patch(API, lambda w: NAME | {"client_categoryid": str(number_of(w.group))}),
    "api: tags, one twice": put(API, {"tags": ["a", "b", "a"]}, "/tags"),
    "api: status": put(API, {"status": "active"}, "/status"),
    "api: owner": put(API, lambda w: {"owner": number_of(w.client["contacts"][0])}, "/owner"),
    "api: a contact": patch("contact 0", ANN_IN_API | {"phone": "1", "position": "", "social_github": "ann"}),
    "api: a contact that is the owner": put("contact 0", {}, "/account-owner"),
    "api: a category": patch("category", {"category_name": "Trade", "category_icon": ""}),
}


@pytest.mark.parametrize("name", NOTHING_CHANGES)
def test_a_write_of_equal_values_changes_no_timestamp_and_no_version(still, name):
    before, recorded = still.seen(), still.recorded()
    answer = NOTHING_CHANGES[name](still)
    assert answer.status_code == 200, answer.text
    assert still.seen() == before
    assert still.recorded() == recorded


def test_an_empty_array_of_contacts_keeps_the_blank_contact(company):
    made = company.v1.get(f"/clients/{company.new_v1(name='Acme')['id']}")
    path = f"/clients/{made.json()['data']['id']}"
    written = company.v1.put(path, json={"contacts": []})
    assert (written.headers["etag"], written.json()) == (made.headers["etag"], made.json())
    own = made.json()["data"]["contacts"][0]["id"]
    company.v1.put(path, json={"contacts": [{"id": own, "first_name": "Ann"}]})
    (left,) = company.v1.put(path, json={"contacts": []}).json()["data"]["contacts"]
    assert (left["first_name"], left["id"] == own) == ("", False)


def test_if_match_is_checked_even_if_nothing_changes(world):
    version = world.v1.get(world.path(V1)).headers["etag"]
    for _ in range(2):
        answer = world.v1.put(world.path(V1), json=world.client, headers={"If-Match": version})
        assert (answer.status_code, answer.headers["etag"]) == (200, version)
    assert world.v1.put(world.path(V1), json={}, headers={"If-Match": '"0-0-0"'}).status_code == 412


SOMETHING_CHANGES: dict[str, Write] = {
    "v1: a field that only v1 shows": put(V1, {"public_notes": "x"}),
    "v1: another JSON type of a setting": put(V1, {"settings": {"flag": True}}),
    "v1: another JSON type inside a tree": put(V1, {"settings": {"tree": {"a": [True, 1]}}}),
    "v1: a setting taken out": put(V1, {"settings": {"flag": None}}),
    "v1: another password": put(V1, lambda w: contacts(w, password="Another456")),
    "v1: a first password": put(V1, lambda w: contacts(w, 1, password=PASSWORD)),
    "v1: a contact removed": put(V1, lambda w: {"contacts": w.client["contacts"][:1]}),
    "v1: contacts without ids, which are new ones": put(V1, lambda w: {"contacts": [{"first_name": "Ann"}]}),
    "v1: another primary contact": put(V1, second_first),
    "v1: a document's name": put("document", {"name": "b.txt"}),
    "v1: another JSON type in a token's tree": put("token", {"meta": {"brand": "visa", "month": True}}),
    "api: tags that only /api shows": put(API, {"tags": ["a"]}, "/tags"),
    "api: tags in another order": put(API, {"tags": ["b", "a"]}, "/tags"),
    "api: a country in other letters": patch(API, NAME | {"client_billing_country": "GERMANY"}),
    "api: what only /api shows of a contact": patch("contact 0", ANN_IN_API | {"position": "CEO"}),
}


@pytest.mark.parametrize("name", SOMETHING_CHANGES)
def test_a_change_that_either_dialect_shows_changes_both_versions_and_is_recorded(world, name):
    before, recorded = world.seen(), world.recorded()
    answer = SOMETHING_CHANGES[name](world)
    assert answer.status_code == 200, answer.text
    after = world.seen()
    for each in (V1, API):
        assert after[each][0] != before[each][0]
    assert after[API][1]["dates"]["updated"] > before[API][1]["dates"]["updated"]
    assert [now - then for now, then in zip(world.recorded(), recorded, strict=True)] == [1, 1]


def test_equal_balances_and_empty_categories_change_nothing(world):
    other = world.api.post("/categories", json={"category_name": "Other", "category_type": "client"}).json()["data"]
    before, recorded = world.seen(), world.recorded()
    register(world.company, clients.set_balance, number_of(world.client), balance=0, paid_to_date=0)
    answer = world.api.put(f"/categories/{other['id']}/migrate", json={"category_id": number_of(world.group)})
    assert answer.status_code == 200, answer.text
    assert (world.seen(), world.recorded()) == (before, recorded)
