"""The account owner of /api: created with the client or promoted from a known user, and changed by the owner action."""

import pytest

from core.clients.contact_users import add_contact_user, contact_users
from tests.register.arranging import UNKNOWN, number_of, register

TAKEN = {"email": ["The email has already been taken."]}


def test_a_create_makes_the_owner_the_only_primary_contact(company):
    made = company.new_legacy(first_name="Jane", last_name="Doe", email="Jane@acme.example")
    assert (made["company_name"], made["owner"]["name"]) == ("Jane Doe", "Jane Doe")
    (contact,) = company.v1_view(company.v1_of(made["id"]))["contacts"]
    assert number_of(contact) == made["owner"]["id"]
    assert (contact["first_name"], contact["last_name"], contact["email"]) == ("Jane", "Doe", "Jane@acme.example")
    assert (contact["is_primary"], contact["send_email"], contact["password"]) == (True, True, "")


@pytest.mark.parametrize("missing", ["first_name", "last_name", "email"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_the_owner_is_required(shared, missing, value):
    body = {"first_name": "Jane", "last_name": "Doe", "email": "jane@required.example"} | {missing: value}
    answer = shared.api.post("/clients", json=body)
    words = f"The {missing.replace('_', ' ')} field is required."
    assert (answer.status_code, answer.json()) == (
        422,
        {"message": "The given data was invalid.", "errors": {missing: [words]}},
    )


def test_a_contact_type_user_with_that_email_is_promoted(company):
    waiting = register(company, add_contact_user, "jane@acme.example", first_name="J", last_name="D")
    bystander = register(company, add_contact_user, "joe@acme.example")
    made = company.new_legacy(email="JANE@Acme.example")
    assert made["owner"] == {"id": waiting, "name": "Jane Doe"}
    (contact,) = company.v1_view(company.v1_of(made["id"]))["contacts"]
    assert (number_of(contact), contact["is_primary"], contact["first_name"]) == (waiting, True, "Jane")
    assert [user["id"] for user in register(company, contact_users)] == [bystander]


def test_a_promoted_user_is_a_client_user_from_then_on(company):
    register(company, add_contact_user, "jane@acme.example")
    company.new_legacy(email="jane@acme.example")
    answer = company.api.post("/clients", json={"first_name": "A", "last_name": "B", "email": "jane@acme.example"})
    assert (answer.status_code, answer.json()["errors"]) == (422, TAKEN)


def test_a_create_that_fails_promotes_nobody(company):
    waiting = register(company, add_contact_user, "jane@acme.example")
    body = {"first_name": "Jane", "last_name": "Doe", "email": "jane@acme.example", "client_categoryid": UNKNOWN}
    assert company.api.post("/clients", json=body).status_code == 422
    assert [user["id"] for user in register(company, contact_users)] == [waiting]


@pytest.mark.parametrize("spelt", ["{}", "  {} ", "upper"])
@pytest.mark.parametrize("whose", ["the owner's", "another contact's", "an archived client's", "a deleted client's",
                                   "the team's"])  # fmt: skip
def test_an_email_of_a_client_or_team_user_is_refused(company, spelt, whose):
    if whose == "the owner's":
        company.new_legacy(email="known@acme.example")
    elif whose != "the team's":
        made = company.new_v1(contacts=[{"email": "first@acme.example"}, {"email": "known@acme.example"}])
        action = {"an archived client's": "archive", "a deleted client's": "delete"}.get(whose)
        if action:
            company.v1.post("/clients/bulk", json={"action": action, "ids": [made["id"]]})
    email = "team@acme.example" if whose == "the team's" else "known@acme.example"
    sent = email.upper() if spelt == "upper" else spelt.format(email)
    before = company.v1.get("/clients?status=active,archived,deleted").json()
    answer = company.api.post("/clients", json={"first_name": "A", "last_name": "B", "email": sent})
    assert (answer.status_code, answer.json()["errors"]) == (422, TAKEN)
    assert company.v1.get("/clients?status=active,archived,deleted").json() == before


@pytest.mark.parametrize("how", ["deleted in /api", "purged", "left out of the contacts"])
def test_an_email_can_be_used_again_when_its_user_was_removed(company, how):
    made = company.new_legacy(email="again@acme.example")
    hashed_id = company.v1_of(made["id"])
    if how == "deleted in /api":
        company.api.delete(f"/clients/{made['id']}")
    elif how == "purged":
        company.v1.post(f"/clients/{hashed_id}/purge", headers=company.with_password)
    else:
        company.v1.put(f"/clients/{hashed_id}", json={"contacts": [{"first_name": "Other"}]})
    assert company.new_legacy(email="again@acme.example")["id"] != made["id"]


def test_an_email_of_another_company_can_be_used(company, other_company):
    company.new_legacy(email="jane@acme.example")
    waiting = register(other_company, add_contact_user, "joe@acme.example")
    assert other_company.new_legacy(email="jane@acme.example")["owner"]["id"] != waiting
    assert company.new_legacy(email="joe@acme.example")["owner"]["id"] != waiting


@pytest.fixture
def pair(shared):
    """A client with two contacts, the first of them the owner, and their numbers."""
    made = shared.new_v1(name="Acme", contacts=[{"first_name": "Ann"}, {"first_name": "Bob"}])
    return number_of(made), *(number_of(contact) for contact in made["contacts"])


@pytest.mark.parametrize("encoding", ["json", "data"])
def test_the_owner_action_moves_the_primary_contact(shared, pair, encoding):
    client_id, ann, bob = pair
    answer = shared.api.put(f"/clients/{client_id}/owner", **{encoding: {"owner": bob}})
    assert answer.json()["message"] == "Client account owner updated successfully."
    assert answer.json()["data"]["owner"] == {"id": bob, "name": "Bob"}
    contacts = shared.v1_view(shared.v1_of(client_id))["contacts"]
    assert {number_of(contact): contact["is_primary"] for contact in contacts} == {ann: False, bob: True}


def test_a_primary_contact_chosen_in_v1_is_the_owner(shared, pair):
    client_id, ann, bob = pair
    items = [{"id": shared.v1_of(ann)}, {"id": shared.v1_of(bob), "is_primary": True}]
    shared.v1.put(f"/clients/{shared.v1_of(client_id)}", json={"contacts": items})
    assert shared.legacy_view(client_id)["owner"] == {"id": bob, "name": "Bob"}


@pytest.mark.parametrize("who", ["unknown", "another client's", "a waiting user", "a foreign one", "nobody", "text"])
def test_an_owner_who_is_not_a_contact_of_the_client_is_refused(shared, other_company, pair, who):
    client_id, ann, _ = pair
    owner = {
        "unknown": lambda: UNKNOWN,
        "another client's": lambda: shared.new_legacy()["owner"]["id"],
        "a waiting user": lambda: register(shared, add_contact_user, f"waiting{client_id}@acme.example"),
        "a foreign one": lambda: other_company.new_legacy()["owner"]["id"],
        "nobody": lambda: None,
        "text": lambda: "Jane",
    }[who]()
    answer = shared.api.put(f"/clients/{client_id}/owner", json={"owner": owner})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["owner"])
    assert shared.legacy_view(client_id)["owner"]["id"] == ann


def test_an_update_in_api_does_not_change_the_owner(shared, pair):
    client_id, ann, _ = pair
    body = {"client_company_name": "x", "first_name": "New", "last_name": "New", "email": "new@acme.example"}
    seen = shared.api.patch(f"/clients/{client_id}", json=body | {"owner": {"id": 1}}).json()["data"]
    assert seen["owner"] == {"id": ann, "name": "Ann"}
