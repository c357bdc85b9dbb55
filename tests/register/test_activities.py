"""Activities: who changed what of a client, by which key and dialect, with the values before and after."""

import json

import pytest

from core.access.keys import Actor
from core.clients import clients, records
from core.events import activities
from tests.drivers import HASHIDS
from tests.register.arranging import bulk, number_of, register, together, upload


def activities_of(company, client_id=None, **named):
    return register(company, activities.list_all, client_id, **named)


def last(company, client_id):
    found = activities_of(company, client_id)[0]
    return found["dialect"], found["kind"], found["before"], found["after"]


def test_an_activity_has_user_key_dialect_and_time(company):
    made = company.new_legacy(client_company_name="Acme")
    shown = company.v1.put(f"/clients/{company.v1_of(made['id'])}", json={"name": "Acme Inc"}).json()["data"]
    newest, oldest = activities_of(company, made["id"])
    assert (newest["dialect"], oldest["dialect"]) == ("v1", "api")
    for each in (newest, oldest):
        assert (each["user_email"], each["token_name"]) == ("team@acme.example", "test")
        assert each["client_id"] == made["id"]
    assert newest["created_at"] // 1_000_000 == shown["updated_at"]
    assert (newest["before"], newest["after"]) == ({"name": "Acme"}, {"name": "Acme Inc"})
    assert (oldest["kind"], oldest["before"]) == ("created", {})
    assert oldest["after"]["name"] == "Acme"
    (owner,) = oldest["after"]["contacts"].values()
    assert (owner["first_name"], owner["is_primary"]) == ("Jane", True)


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("PUT", "/tags", {"tags": ["b", "c"]}, ("tags_changed", {"tags": ["a", "b"]}, {"tags": ["b", "c"]})),
        ("PATCH", "", {"client_company_name": "X"}, ("updated", {"name": "Acme"}, {"name": "X"})),
        (
            "PATCH",
            "",
            {"client_company_name": "Acme", "client_billing_country": "Germany"},
            ("updated", {"country_id": 0, "country_text": ""}, {"country_id": 276, "country_text": "Germany"}),
        ),
        (
            "PATCH",
            "",
            {"client_company_name": "Acme", "client_billing_invoice_due_days": "30"},
            ("updated", {"settings": {}}, {"settings": {"payment_terms": "30"}}),
        ),
    ],
)
def test_a_change_through_api_is_recorded_with_type_and_values(company, method, path, body, expected):
    made = company.new_legacy(client_company_name="Acme", tags=["a", "b"])
    assert company.api.request(method, f"/clients/{made['id']}{path}", json=body).status_code == 200
    assert last(company, made["id"]) == ("api", *expected)


def test_each_change_of_state_is_recorded(company):
    made = company.new_v1(name="Acme")
    client_id = number_of(made)
    company.api.put(f"/clients/{client_id}/status", json={"status": "suspended"})
    company.v1.delete(f"/clients/{made['id']}")
    bulk(company, "restore", made["id"])
    found = activities_of(company, client_id)
    assert [each["kind"] for each in found] == ["restored", "deleted", "archived", "created"]
    assert [sorted(each["after"]) for each in found[:3]] == [
        ["archived_at", "deleted_at"],
        ["deleted_at"],
        ["archived_at"],
    ]
    assert (found[0]["after"], found[2]["before"]) == ({"archived_at": 0, "deleted_at": 0}, {"archived_at": 0})


def test_changes_of_contacts_are_recorded_by_their_ids(company):
    made = company.new_v1(contacts=[{"first_name": "Ann"}, {"first_name": "Bob"}])
    ann, bob = [str(HASHIDS.decode(contact["id"])[0]) for contact in made["contacts"]]
    sent = [{"id": made["contacts"][0]["id"], "phone": "1"}, {"first_name": "Cem"}]
    shown = company.v1.put(f"/clients/{made['id']}", json={"contacts": sent}).json()["data"]
    cem = str(HASHIDS.decode(shown["contacts"][1]["id"])[0])
    _, kind, before, after = last(company, number_of(made))
    assert kind == "updated"
    assert before == {"contacts": {ann: {"phone": ""}, bob: {"first_name": "Bob", "send_email": True}}}
    assert after == {"contacts": {ann: {"phone": "1"}, cem: {"first_name": "Cem", "send_email": True}}}
    company.api.put(f"/clients/{number_of(made)}/owner", json={"owner": int(cem)})
    assert last(company, number_of(made)) == (
        "api",
        "owner_changed",
        {"contacts": {ann: {"is_primary": True}, cem: {"is_primary": False}}},
        {"contacts": {ann: {"is_primary": False}, cem: {"is_primary": True}}},
    )


def test_changes_of_documents_and_balances_are_recorded(company):
    made = company.new_v1(name="Acme")
    assert upload(company, made["id"], ("a.txt", b"first")).status_code == 200
    _, kind, _, after = last(company, number_of(made))
    (document,) = after["documents"].values()
    assert (kind, document["name"], document["size"]) == ("documents_changed", "a.txt", 5)
    register(company, clients.set_balance, number_of(made), balance=1_500_000)
    assert last(company, number_of(made)) == ("", "balance_set", {"balance": 0}, {"balance": 1_500_000})
    assert activities_of(company)[0]["user_email"] is None


def test_a_write_that_changes_nothing_is_not_recorded(company):
    made = company.new_v1(name="Acme", contacts=[{"email": "a@x.example", "password": "Secret123"}])
    client_id = number_of(made)
    company.v1.put(f"/clients/{made['id']}", json=made)
    company.api.put(f"/clients/{client_id}/tags", json={"tags": []})
    company.api.put(f"/clients/{client_id}/status", json={"status": "active"})
    company.api.put(f"/clients/{client_id}/owner", json={"owner": company.legacy_view(client_id)["owner"]["id"]})
    assert company.v1.put(f"/clients/{made['id']}", json={"id_number": "x" * 300}).status_code == 422
    assert [each["kind"] for each in activities_of(company, client_id)] == ["created"]


def test_an_activity_records_that_a_secret_was_set_but_not_its_value(company):
    made = company.new_v1(contacts=[{"email": "a@x.example", "password": "Secret123"}])
    client_id = number_of(made)
    contact = made["contacts"][0] | {"password": "Another456"}
    company.v1.put(f"/clients/{made['id']}", json={"contacts": [contact]})
    found = activities_of(company, client_id)
    (changed,) = found[0]["after"]["contacts"].values()
    assert changed == {"password_hash": "**********"}
    written = json.dumps([(each["before"], each["after"]) for each in found])
    keys = (made["client_hash"], contact["contact_key"], "argon2", "Secret123", "Another456")
    assert [each for each in keys if each in written] == []


def test_a_merge_moves_the_history_and_records_what_was_received(company):
    receiver = company.new_v1(name="Acme", contacts=[{"email": "a@x.example"}])
    merged = company.new_v1(name="Other", contacts=[{"email": "b@x.example"}])
    company.v1.post(f"/clients/{receiver['id']}/{merged['id']}/merge", headers=company.with_password)
    newest, *rest = activities_of(company, number_of(receiver))
    assert (newest["kind"], newest["after"]["merged_client_id"]) == ("merged", number_of(merged))
    (moved,) = newest["after"]["contacts"].values()
    assert moved["email"] == "b@x.example"
    assert [each["after"]["name"] for each in rest] == ["Other", "Acme"]
    assert activities_of(company, number_of(merged)) == []


def test_an_erased_client_leaves_one_activity_about_that(company):
    made = company.new_legacy(client_company_name="Gone", tags=["secret"])
    company.api.delete(f"/clients/{made['id']}")
    (tombstone,) = activities_of(company, made["id"])
    assert (tombstone["kind"], tombstone["user_email"]) == ("erased", "team@acme.example")
    assert (tombstone["before"], tombstone["after"]) == ({}, {})


def test_pages_begin_before_an_id_and_show_no_other_companys(company, other_company):
    ids = [number_of(company.new_v1()) for _ in range(3)]
    other_company.new_v1()
    first = activities_of(company, size=2)
    second = activities_of(company, size=2, before_id=first[-1]["id"])
    assert [each["client_id"] for each in first + second] == ids[::-1]
    assert activities_of(other_company, ids[0]) == []


def test_the_size_of_an_activity_is_bounded(company):
    notes, many = "x" * 65_000, [{"first_name": "x" * 200, "email": f"{n}@x.example"} for n in range(200)]
    made = company.new_v1(private_notes=notes, settings={"note": "y" * 60_000}, contacts=many)
    (found,) = activities_of(company, number_of(made))
    assert found["after"]["private_notes"] == "x" * 1000 + "…"
    assert found["after"]["settings"] == {"…": "1 more"}
    assert found["after"]["contacts"]["…"].endswith(" more")
    assert len(json.dumps(found["after"])) < 20_000


def test_concurrent_changes_record_their_own_values_before(company):
    made = company.new_v1(name="Acme")
    path = f"/clients/{made['id']}"
    answers = together([lambda n=n: company.v1.put(path, json={"name": f"Acme {n}"}) for n in range(4)])
    assert {answer.status_code for answer in answers} == {200}
    found = activities_of(company, number_of(made))
    befores, afters = ([each[side]["name"] for each in found if "name" in each[side]] for side in ("before", "after"))
    assert befores == afters[1:]
    assert len(found) == 5


def test_a_change_that_is_rolled_back_leaves_no_activity(company):
    made = company.new_v1(name="Acme")

    def unit(connection, company_id):
        actor = Actor(company_id, 0, 0)
        clients.update(connection, actor, number_of(made), {"name": "Other"})
        assert len(activities.list_all(connection, company_id, number_of(made))) == 2
        raise RuntimeError

    with pytest.raises(RuntimeError):
        register(company, unit)
    assert len(activities_of(company, number_of(made))) == 1
    assert register(company, records.get, number_of(made))["name"] == "Acme"
