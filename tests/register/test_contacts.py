"""Contacts in /api/v1: the array that is sent replaces all contacts."""

import pytest

from tests.register.arranging import number_of

MASK = "**********"


def contacts_after(company, hashed_id, contacts):
    answer = company.v1.put(f"/clients/{hashed_id}", json={"contacts": contacts})
    assert answer.status_code == 200, answer.text
    assert company.v1_view(hashed_id) == answer.json()["data"]
    return answer.json()["data"]["contacts"]


def by_name(contacts):
    return {contact["first_name"]: contact for contact in contacts}


def primary_names(contacts):
    return [contact["first_name"] for contact in contacts if contact["is_primary"]]


def refused(company, hashed_id, contacts):
    before = company.v1_view(hashed_id)
    answer = company.v1.put(f"/clients/{hashed_id}", json={"name": "half done", "contacts": contacts})
    assert answer.status_code == 422
    assert company.v1_view(hashed_id) == before
    return list(answer.json()["errors"])


@pytest.fixture
def trio(shared):
    """A client with three contacts."""
    people = [{"first_name": name, "email": f"{name}@trio.example", "phone": name} for name in ("ann", "bob", "cyd")]
    return shared.new_v1(name="Trio", contacts=people)


def test_the_array_of_contacts_updates_adds_and_removes_by_id(shared, trio):
    before = by_name(trio["contacts"])
    sent = [{"id": before["bob"]["id"], "first_name": "bert"}, {"first_name": "dan"}, before["ann"]]
    after = by_name(contacts_after(shared, trio["id"], sent))
    assert set(after) == {"ann", "bert", "dan"}
    for key in ("id", "contact_key", "link", "email", "phone", "created_at"):
        assert after["bert"][key] == before["bob"][key], key
    assert after["ann"] == before["ann"] | {"is_primary": True}
    known = {contact["id"] for contact in trio["contacts"]}
    assert after["dan"]["id"] not in known
    assert after["dan"]["contact_key"] not in {contact["contact_key"] for contact in trio["contacts"]}


def test_without_the_contacts_key_contacts_stay(shared, trio):
    for body in ({"name": "x"}, {}, {"contacts": None}):
        answer = shared.v1.put(f"/clients/{trio['id']}", json=body)
        assert answer.json()["data"]["contacts"] == trio["contacts"]


def test_keys_not_sent_of_a_known_contact_stay(shared, trio):
    sent = [{"id": contact["id"]} for contact in trio["contacts"]]
    assert contacts_after(shared, trio["id"], sent) == trio["contacts"]


@pytest.mark.parametrize("empty", [[], [{}]])
def test_a_client_always_has_a_contact(shared, trio, empty):
    (blank,) = contacts_after(shared, trio["id"], empty)
    assert (blank["first_name"], blank["email"], blank["is_primary"]) == ("", "", True)
    assert shared.legacy_view(number_of(trio))["owner"] == {"id": number_of(blank), "name": ""}


@pytest.mark.parametrize("body", [None, {}, {"contacts": []}, {"contacts": None}, {"contacts": [{}]}, {"name": "x"}])
def test_a_create_without_contacts_makes_a_blank_one(shared, body):
    answer = shared.v1.post("/clients", json=body) if body is not None else shared.v1.post("/clients")
    assert answer.status_code == 200
    (blank,) = answer.json()["data"]["contacts"]
    assert (blank["is_primary"], blank["send_email"], blank["password"]) == (True, True, "")
    assert len(blank["contact_key"]) == 40
    assert blank["link"].endswith(f"/client/key_login/{blank['contact_key']}")


@pytest.mark.parametrize(
    ("marks", "primary"),
    [
        ([None, None, None], "ann"),
        ([False, False, False], "ann"),
        ([False, True, False], "bob"),
        ([False, True, True], "bob"),
        ([True, True, True], "ann"),
        ([None, None, True], "cyd"),
    ],
)
@pytest.mark.parametrize("verb", ["create", "update"])
def test_exactly_one_is_primary(shared, trio, marks, primary, verb):
    people = [
        {"first_name": name} | ({} if mark is None else {"is_primary": mark})
        for name, mark in zip(("ann", "bob", "cyd"), marks, strict=True)
    ]
    seen = (
        shared.new_v1(contacts=people)["contacts"] if verb == "create" else contacts_after(shared, trio["id"], people)
    )
    assert primary_names(seen) == [primary]


def test_when_the_primary_contact_is_removed_another_becomes_primary(shared, trio):
    left = [contact for contact in trio["contacts"] if not contact["is_primary"]]
    assert len(primary_names(contacts_after(shared, trio["id"], left))) == 1


@pytest.mark.parametrize(("first", "second"), [("a@b.example", "a@b.example"), ("a@b.example", "A@B.Example")])
def test_emails_are_distinct_within_one_request(shared, trio, first, second):
    people = [{"email": first}, {"email": second}]
    assert refused(shared, trio["id"], people) == ["contacts.1.email"]
    assert shared.v1.post("/clients", json={"contacts": people}).status_code == 422


def test_an_email_of_a_contact_that_stays_cannot_be_used_twice(shared, trio):
    ann, bob, cyd = trio["contacts"]
    assert refused(shared, trio["id"], [{"id": ann["id"]}, {"email": ann["email"]}]) == ["contacts.1.email"]
    seen = contacts_after(shared, trio["id"], [ann | {"email": bob["email"]}, bob | {"email": ann["email"]}, cyd])
    assert by_name(seen)["ann"]["email"] == "bob@trio.example"


def test_several_contacts_may_have_no_email(shared):
    assert len(shared.new_v1(contacts=[{"first_name": "a"}, {"email": ""}, {"email": None}])["contacts"]) == 3


def test_contacts_of_several_clients_may_share_an_email(shared):
    person = {"email": "same@several.example"}
    made = {shared.new_v1(contacts=[person])["id"] for _ in range(2)}
    made.add(shared.v1_of(shared.new_legacy(email="owner@several.example")["id"]))
    other = shared.new_v1(contacts=[{"email": "owner@several.example"}])
    assert len(made | {other["id"]}) == 4
    found = shared.v1.get("/clients", params={"email": "SAME@several.example"}).json()["data"]
    assert {client["id"] for client in found} <= made
    assert len(found) == 2


@pytest.mark.parametrize("whose", ["another client's", "unknown"])
def test_an_id_of_another_clients_contact_in_the_array_is_refused(shared, trio, whose):
    other = shared.new_v1(contacts=[{"first_name": "other"}])
    contact_id = {"another client's": other["contacts"][0]["id"], "unknown": shared.v1_of(10**9)}[whose]
    assert refused(shared, trio["id"], [{"id": contact_id, "first_name": "taken over"}]) == ["contacts.0.id"]
    assert shared.v1_view(other["id"])["contacts"] == other["contacts"]


@pytest.mark.parametrize("email", ["no at sign", "@", "a@", "two@at@signs", "a b@c.example"])
def test_an_invalid_email_is_refused(shared, trio, email):
    assert refused(shared, trio["id"], [{"first_name": "ok"}, {"email": email}]) == ["contacts.1.email"]


@pytest.mark.parametrize("password", ["Short1", "alllowercase1", "ALLUPPERCASE1", "NoDigitsHere", 1234567])
def test_a_weak_password_is_refused(shared, trio, password):
    assert refused(shared, trio["id"], [{"first_name": "a", "password": password}]) == ["contacts.0.password"]


def test_a_password_is_never_shown_and_its_mask_changes_nothing(shared):
    people = [{"first_name": "a", "password": "Abcdef1"}, {"first_name": "b"}, {"first_name": "c", "password": None}]
    answer = shared.v1.post("/clients", json={"contacts": people})
    made = answer.json()["data"]
    assert [contact["password"] for contact in made["contacts"]] == [MASK, "", ""]
    assert "Abcdef1" not in answer.text
    for sent in ("", None, MASK):
        items = [{"id": contact["id"], "password": sent} for contact in made["contacts"]]
        assert contacts_after(shared, made["id"], items) == made["contacts"]


def test_every_documented_field_of_a_contact_is_kept(shared):
    person = {"first_name": "a", "last_name": "b", "email": "ab@fields.example", "phone": "1", "send_email": False}
    person |= {f"custom_value{n}": f"value {n}" for n in range(1, 5)}
    (seen,) = shared.new_v1(contacts=[person])["contacts"]
    assert seen.items() >= person.items()
