"""`include` of /api/v1: relations are shown if they are requested, and only then."""

import re
from types import SimpleNamespace

import orjson
import pytest
from sqlalchemy import event

from core.access import companies, keys
from core.clients import categories, clients
from core.query import Search
from dialects.v1.activities import LEDGER_FIELDS, activity_fields
from dialects.v1.clients import client_fields
from dialects.v1.group_settings import group_fields
from dialects.v1.locations import location_fields
from dialects.v1.relations import related, relations
from schemas.types import MONEY_SCALE, HashedId
from tests.drivers import HASHIDS
from tests.register.arranging import number_of, register, upload

ALL = "activities,ledger,group_settings,system_logs,locations,tags"
KEYS = set(ALL.split(","))


def shown(company, client_id, include=ALL):
    return company.v1.get(f"/clients/{client_id}", params={"include": include}).json()["data"]


@pytest.fixture
def group(company):
    return company.v1.post("/group_settings", json={"name": "Trade", "settings": {"a": 1}}).json()["data"]


@pytest.fixture
def client(company, group):
    """A client with several activities."""
    made = company.new_v1(name="Acme", group_settings_id=group["id"])
    company.v1.put(f"/clients/{made['id']}", json={"state": "Texas", "contacts": [{"password": "Secret123"}]})
    for amount in (10, 4):
        register(company, clients.set_balance, number_of(made), balance=amount * MONEY_SCALE)
    company.api.put(f"/clients/{number_of(made)}/status", json={"status": "suspended"})
    return made


def test_nothing_is_included_by_default(company, client):
    plain = company.v1.get(f"/clients/{client['id']}").content
    assert KEYS & set(company.v1_view(client["id"])) == set()
    assert company.v1.get(f"/clients/{client['id']}?include=contacts,documents,gateway_tokens").content == plain
    with_one = shown(company, client["id"], "ledger, contacts")
    assert KEYS & set(with_one) == {"ledger"}
    assert {key: value for key, value in with_one.items() if key != "ledger"} == company.v1_view(client["id"])


def test_included_activities_have_the_keys_of_v1(company, client):
    activities = shown(company, client["id"])["activities"]
    assert [each["notes"] for each in activities] == ["Archived", "Balance set", "Balance set", "Updated", "Created"]
    assert [each["activity_type_id"] for each in activities] == ["2", "61", "61", "61", "1"]
    assert [each["dialect"] for each in activities] == ["api", "", "", "v1", "v1"]
    assert [each["is_system"] for each in activities] == [False, True, True, False, False]
    assert {each["client_id"] for each in activities} == {client["id"]}
    updated = activities[3]
    assert (updated["before"]["state"], updated["after"]["state"]) == ("", "Texas")
    assert updated["user_id"] == client["user_id"]
    (contact,) = company.v1_view(client["id"])["contacts"]
    assert updated["after"]["contacts"][contact["id"]]["password_hash"] == "**********"
    assert activities[0]["before"] == {"archived_at": 0}
    assert activities[0]["after"] == {"archived_at": company.v1_view(client["id"])["archived_at"]}
    assert "Secret123" not in str(activities)


def test_the_ledger_shows_every_change_of_the_balance(company, client):
    ledger = shown(company, client["id"])["ledger"]
    assert [(each["balance"], each["adjustment"]) for each in ledger] == [(4, -6), (10, 10)]
    assert list(ledger[0]) == [row.key for row in LEDGER_FIELDS.rows]
    register(company, clients.set_balance, number_of(client), paid_to_date=5 * MONEY_SCALE)
    assert len(shown(company, client["id"])["ledger"]) == 2


def test_the_included_group_is_an_empty_object_for_the_default_category(company, client, group):
    assert shown(company, client["id"])["group_settings"] == group
    company.v1.put(f"/clients/{client['id']}", json={"group_settings_id": ""})
    assert shown(company, client["id"])["group_settings"] == {}


def test_every_write_that_shows_a_client_includes_it(company, client, group):
    path, query = f"/clients/{client['id']}", {"params": {"include": ALL}}
    other = company.new_v1()["id"]
    answers = [
        company.v1.post("/clients", json={"name": "New"}, **query),
        company.v1.put(path, json={"name": "Renamed"}, **query),
        company.v1.put(f"{path}/upload", files={"file": ("a.txt", b"a")}, **query),
        company.v1.post(f"{path}/{other}/merge", headers=company.with_password, **query),
        company.v1.get(f"{path}/edit", **query),
        company.v1.delete(path, **query),
    ]
    bulk = company.v1.post("/clients/bulk", json={"action": "restore", "ids": [client["id"]]}, **query).json()
    assert set(bulk["data"][0]) >= KEYS
    assert [set(answer.json()["data"]) >= KEYS for answer in answers] == [True] * 6
    newest = [answer.json()["data"]["activities"][0]["notes"] for answer in answers]
    assert newest == ["Created", "Updated", "Documents changed", "Merged", "Merged", "Deleted"]
    blank = company.v1.get("/clients/create", **query).json()["data"]
    assert [blank[key] for key in ALL.split(",")] == [[], [], {}, [], [], []]


@pytest.mark.parametrize("path", ["/clients", "/clients/create", "/clients/{id}", "/clients/{id}/edit"])
def test_an_unknown_relation_is_refused(company, client, path):
    answer = company.v1.get(path.format(id=client["id"]), params={"include": "activities,invoices"})
    assert (answer.status_code, answer.json()["message"]) == (400, "Relation `invoices` is not a valid include.")


VERBS = {
    "tags": ("PUT", "/api/clients/{number}/tags", {"tags": ["b", "a"]}, "61", {"tags": ([], ["b", "a"])}),
    "owner": ("PUT", "/api/clients/{number}/owner", {"owner": "{second}"}, "61", {"contacts": None}),
    "suspend": ("PUT", "/api/clients/{number}/status", {"status": "suspended"}, "2", {"archived_at": None}),
    "activate": ("PUT", "/api/clients/{number}/status", {"status": "active"}, "26", {"archived_at": None}),
    "delete": ("DELETE", "/api/v1/clients/{id}", None, "3", {"is_deleted": None}),
    "restore": ("POST", "/api/v1/clients/bulk", {"action": "restore", "ids": ["{id}"]}, "26", {"is_deleted": None}),
}


def test_every_operation_is_an_activity_with_its_changes(company):
    made = company.new_v1(contacts=[{"first_name": "Ann"}, {"first_name": "Bob"}])
    second = HASHIDS.decode(made["contacts"][1]["id"])[0]
    place = {"number": number_of(made), "id": made["id"], "second": second}
    for count, (method, path, body, kind, changed) in enumerate(VERBS.values(), start=2):
        sent = orjson.loads(re.sub(r"{(id|second)}", lambda found: str(place[found[1]]), orjson.dumps(body).decode()))
        dialect = "v1" if path.startswith("/api/v1") else "api"
        target = path.removeprefix("/api").removeprefix("/v1").format(**place)
        answer = getattr(company, dialect).request(method, target, json=sent)
        assert answer.status_code == 200, answer.text
        newest, *rest = shown(company, made["id"], "activities")["activities"]
        assert (len(rest) + 1, newest["activity_type_id"], newest["dialect"]) == (count, kind, dialect)
        for key, values in changed.items():
            assert {key} <= newest["before"].keys() & newest["after"].keys()
            assert values is None or (newest["before"][key], newest["after"][key]) == values


@pytest.mark.parametrize("include", ["activities.history", "activities,activities.history"])
def test_activities_have_a_history_on_request(company, client, include):
    activities = shown(company, client["id"], include)["activities"]
    assert [{**each, "history": None} for each in activities] == [
        {**each, "history": None} for each in shown(company, client["id"], "activities")["activities"]
    ]
    assert {each["history"]["json_backup"] for each in activities} == {""}


def test_a_bulk_action_refuses_an_unknown_relation_before_it_acts(company, client):
    body = {"action": "delete", "ids": [client["id"]]}
    answer = company.v1.post("/clients/bulk", json=body, params={"include": "invoices"})
    assert answer.status_code == 400
    assert company.v1_view(client["id"])["is_deleted"] is False


def test_a_list_includes_the_same_as_each_client_alone(company, client, group):
    others = [company.new_v1(name=f"Client {n}", group_settings_id=group["id"] if n else "")["id"] for n in range(3)]
    upload(company, others[0], ("a.txt", b"a"))
    listed = company.v1.get("/clients", params={"include": ALL}).json()["data"]
    assert listed == [shown(company, each) for each in (client["id"], *others)]


def test_each_relation_is_at_most_one_statement_however_many_clients_there_are(server, company, client):
    for n in range(4):
        company.new_v1(name=f"Client {n}")
    for size in (1, 5):
        assert [len(statements) for statements in _statements(server, company, size)] == [1, 1, 1, 1, 0, 0, 0]


def _statements(server, company, size):
    """Return the statements of each relation for a page of that many clients."""
    ids = HashedId(HASHIDS)
    fields = client_fields(ids, "")
    loads = relations(
        fields.including(related(activity_fields(ids, fields), group_fields(ids), location_fields(ids)))
    ).values()
    with server.database.reading() as connection:
        actor = keys.operator(companies.find(connection, company.name))
        found = clients.page(connection, actor, Search(size=size)).records
        assert len(found) == size
        for load in loads:
            statements = []
            note = lambda *arguments, to=statements: to.append(arguments[2])  # noqa: E731
            event.listen(connection, "before_cursor_execute", note)
            load(SimpleNamespace(connection=connection, actor=actor), found)
            event.remove(connection, "before_cursor_execute", note)
            yield statements


def test_nothing_of_another_company_is_included(company, other_company, client):
    theirs = other_company.new_v1(name="Theirs")
    assert [each["notes"] for each in shown(other_company, theirs["id"])["activities"]] == ["Created"]
    assert other_company.v1.get(f"/clients/{client['id']}?include={ALL}").status_code == 404
    foreign = register(other_company, categories.add, "Foreign")
    answer = company.v1.put(f"/clients/{client['id']}", json={"group_settings_id": HASHIDS.encode(foreign)})
    assert answer.status_code == 422
