"""After every operation that changes a client, all derived data equals what would be derived from scratch."""

from collections.abc import Callable

import pytest

from core.clients import clients
from core.events import deliveries
from core.importing.incoming import Category, Incoming
from core.importing.upserting import upsert
from core.models import retired_numbers
from tests.drivers import Company
from tests.followers import left_behind, subscribe
from tests.register.arranging import number_of, register, upload

JANE = {"first_name": "Jane", "last_name": "Doe", "email": "jane@x.example"}


class World:
    """Two clients of a company with a subscriber, one of them with children of every kind."""

    def __init__(self, company: Company) -> None:
        subscribe(company)
        self.company, self.v1, self.api = company, company.v1, company.api
        self.group = company.v1.post("/group_settings", json={"name": "Trade"}).json()["data"]
        contacts = [JANE, {"email": "joe@x.example"}]
        self.client = company.new_v1(name="Acme", contacts=contacts, group_settings_id=self.group["id"])
        self.other = company.new_v1(contacts=[{"first_name": "Ann", "email": "ann@x.example"}])
        self.id, self.path = number_of(self.client), f"/clients/{self.client['id']}"
        company.api.put(f"/clients/{self.id}/tags", json={"tags": ["a"]})
        upload(company, self.client["id"], ("a.txt", b"a"))
        token = {"client_id": self.client["id"], "token": "t", "is_default": True}
        self.token = company.v1.post("/client_gateway_tokens", json=token).json()["data"]
        self.document = company.v1_view(self.client["id"])["documents"][0]

    def bulk(self, action: str, **more: object) -> object:
        body = {"action": action, "ids": [self.client["id"], self.other["id"]], **more}
        return self.v1.post("/clients/bulk", json=body)

    def taken_in(self, **told: object) -> None:
        """An import of the first client, or of another one."""
        known = {"id": self.id, "values": {"name": "Imported", "phone": "9"}}
        register(self.company, upsert, [Incoming(**known | told)])


@pytest.fixture
def world(company):
    return World(company)


VERBS: dict[str, Callable[[World], object]] = {
    "created in v1": lambda w: w.v1.post("/clients", json={"name": "New", "contacts": [{"email": "n@x.example"}]}),
    "created in api": lambda w: w.api.post("/clients", json=JANE | {"email": "new@x.example", "tags": ["x", "y"]}),
    "columns": lambda w: w.v1.put(w.path, json={"name": "", "private_notes": "n", "custom_value1": "c"}),
    "number": lambda w: w.v1.put(w.path, json={"number": "A-1"}),
    "contacts": lambda w: w.v1.put(w.path, json={"contacts": [{**w.client["contacts"][1], "first_name": "Joe"}]}),
    "settings": lambda w: w.v1.put(w.path, json={"settings": {"payment_terms": "14", "tree": {"a": [1, True, 1.5]}}}),
    "group": lambda w: w.v1.put(w.path, json={"group_settings_id": ""}),
    "columns in api": lambda w: w.api.patch(f"/clients/{w.id}", json={"client_company_name": "Ümlaut"}),
    "tags": lambda w: w.api.put(f"/clients/{w.id}/tags", json={"tags": ["b", "a"]}),
    "suspended": lambda w: w.api.put(f"/clients/{w.id}/status", json={"status": "suspended"}),
    "owner": lambda w: w.api.put(f"/clients/{w.id}/owner", json={"owner": number_of(w.client["contacts"][1])}),
    "soft-deleted": lambda w: w.v1.delete(w.path),
    "all archived": lambda w: w.bulk("archive"),
    "all deleted": lambda w: w.bulk("delete"),
    "all restored": lambda w: (w.bulk("delete"), w.bulk("restore"))[1],
    "all in a group": lambda w: w.bulk("assign_group", group_settings_id=w.group["id"]),
    "one field of all": lambda w: w.bulk("bulk_update", column="custom_value1", new_value="z"),
    "uploaded": lambda w: upload(w.company, w.client["id"], ("b.txt", b"b")),
    "document renamed": lambda w: w.v1.put(f"/documents/{w.document['id']}", json={"name": "c.txt"}),
    "document removed": lambda w: w.v1.delete(f"/documents/{w.document['id']}", headers=w.company.with_password),
    "token made": lambda w: w.v1.post(
        "/client_gateway_tokens", json={"client_id": w.client["id"], "token": "u", "is_default": True}
    ),
    "token changed": lambda w: w.v1.put(f"/client_gateway_tokens/{w.token['id']}", json={"token": "v"}),
    "token removed": lambda w: w.v1.delete(f"/client_gateway_tokens/{w.token['id']}"),
    "contact made": lambda w: w.api.post("/contacts", json=JANE | {"email": "one@x.example", "clientid": w.id}),
    "contact changed": lambda w: w.api.patch(
        f"/contacts/{number_of(w.client['contacts'][0])}", json=JANE | {"first_name": "Joan"}
    ),
    "contact deleted": lambda w: w.api.delete(f"/contacts/{number_of(w.client['contacts'][1])}"),
    "contact made owner": lambda w: w.api.put(f"/contacts/{number_of(w.client['contacts'][1])}/account-owner"),
    "balance": lambda w: register(w.company, clients.set_balance, w.id, balance=1_000_000),
    "portal visited": lambda w: w.v1.get(w.client["contacts"][0]["link"].removeprefix(str(w.v1.base_url))),
    "merged": lambda w: w.v1.post(f"{w.path}/{w.other['id']}/merge", headers=w.company.with_password),
    "merged away": lambda w: w.v1.post(
        f"/clients/{w.other['id']}/{w.client['id']}/merge", headers=w.company.with_password
    ),
    "purged": lambda w: w.v1.post(f"{w.path}/purge", headers=w.company.with_password),
    "deleted for good": lambda w: w.api.delete(f"/clients/{w.id}"),
    "imported over": lambda w: w.taken_in(contacts=[JANE | {"first_name": "Jo"}], tags=["t"], documents=[]),
    "imported deleted": lambda w: w.taken_in(values={"deleted_at": 1_700_000_000_000_000, "updated_at": 5}),
    "imported anew": lambda w: w.taken_in(
        id=None, category=Category(None, "Else"), contacts=[{"email": "i@x.example"}]
    ),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_operation_updates_all_derived_data(world, verb):
    assert left_behind(world.company) == []
    answer = VERBS[verb](world)
    assert getattr(answer, "status_code", 200) < 300, answer.text
    assert left_behind(world.company) == []


def test_migrating_a_category_updates_all_derived_data(world):
    default = world.company.legacy_view(number_of(world.other))["category"]["id"]
    moved = world.api.put(f"/categories/{number_of(world.group)}/migrate", json={"category_id": default})
    assert moved.status_code == 200
    assert left_behind(world.company, unrendered=True) == []


@pytest.mark.parametrize("verb", ["merged away", "purged", "deleted for good"])
def test_a_removed_client_leaves_its_number_reserved_and_a_message(world, verb):
    VERBS[verb](world)
    of_company = retired_numbers.c.company_id
    retired = register(
        world.company,
        lambda c, mine: c.execute(retired_numbers.select().where(of_company == mine)).all(),
    )
    assert [number for _, number in retired] == [world.client["number"]]
    told = register(world.company, deliveries.list_all)
    assert [each["event"] for each in told if each["client_id"] == world.id][:1] == ["client.purged"]
