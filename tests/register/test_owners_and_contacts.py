"""Account owners in /api, contacts in /api/v1: the same people."""

import pytest

from core import companies, users


def with_contact_user(company, email, **names):
    def add(connection):
        return users.add_contact(connection, companies.find(connection, company.name), email, **names)

    return company.server.database.write_now(add)


def test_a_contact_type_user_is_promoted(company):
    waiting = with_contact_user(company, "jane@acme.example", first_name="J.")
    made = company.new_legacy(email="Jane@acme.example")
    assert made["owner"] == {"id": waiting, "name": "Jane Doe"}
    again = company.api.post("/clients", json={"first_name": "A", "last_name": "B", "email": "jane@ACME.example"})
    assert again.json()["errors"] == {"email": ["The email has already been taken."]}


@pytest.mark.parametrize("email", ["team@acme.example", "TEAM@acme.example", "client@acme.example"])
def test_an_email_of_a_client_or_team_user_is_taken(company, email):
    company.new_v1(contacts=[{"email": "client@acme.example"}])
    body = {"first_name": "A", "last_name": "B", "email": email}
    answer = company.api.post("/clients", json=body)
    assert (answer.status_code, answer.json()["errors"]) == (422, {"email": ["The email has already been taken."]})
    assert company.api.get("/clients").json()["meta"]["total"] == 1


def test_v1_may_use_one_email_under_several_clients(company):
    assert (
        company.new_v1(contacts=[{"email": "a@b.example"}])["id"]
        != company.new_v1(contacts=[{"email": "a@b.example"}])["id"]
    )


def test_the_contacts_array_is_the_whole_truth(company):
    made = company.new_v1(contacts=[{"first_name": name, "email": f"{name}@x.example"} for name in "abc"])
    a, b, _ = made["contacts"]
    items = [{"id": b["id"], "phone": "1", "is_primary": True}, {"first_name": "d"}, {"id": a["id"]}]
    seen = company.v1.put(f"/clients/{made['id']}", json={"contacts": items}).json()["data"]["contacts"]
    assert [(c["first_name"], c["phone"], c["is_primary"]) for c in seen] == [
        ("b", "1", True),
        ("a", "", False),
        ("d", "", False),
    ]
    assert [c["contact_key"] for c in seen[:2]] == [b["contact_key"], a["contact_key"]]
    assert company.v1.put(f"/clients/{made['id']}", json={"name": "x"}).json()["data"]["contacts"] == seen
    (blank,) = company.v1.put(f"/clients/{made['id']}", json={"contacts": []}).json()["data"]["contacts"]
    assert (blank["first_name"], blank["is_primary"], blank["id"] not in {c["id"] for c in seen}) == ("", True, True)


@pytest.mark.parametrize(
    ("password", "ok"),
    [
        ("Abcdef1", True),
        ("abcdef1", False),
        ("ABCDEF1", False),
        ("Abcdefg", False),
        ("Abc1", False),
        ("", True),
        (None, True),
    ],
)
def test_a_contacts_password_is_strong_hidden_and_kept(company, password, ok):
    answer = company.v1.post("/clients", json={"contacts": [{"email": "a@b.example", "password": password}]})
    if not ok:
        assert list(answer.json()["errors"]) == ["contacts.0.password"]
        return
    made = answer.json()["data"]
    shown = "**********" if password else ""
    assert made["contacts"][0]["password"] == shown
    assert company.v1.put(f"/clients/{made['id']}", json=made).json()["data"]["contacts"][0]["password"] == shown


def test_the_owner_moves_in_both(company, hashed):
    made = company.new_v1(name="Acme", contacts=[{"first_name": "A"}, {"first_name": "B"}])
    client_id, second = hashed.decode(made["id"])[0], hashed.decode(made["contacts"][1]["id"])[0]
    answer = company.api.put(f"/clients/{client_id}/owner", data={"owner": second})
    assert answer.json()["data"]["owner"] == {"id": second, "name": "B"}
    assert [c["is_primary"] for c in company.v1_view(made["id"])["contacts"] if c["first_name"] == "B"] == [True]


@pytest.mark.parametrize(
    ("contacts", "shown"),
    [
        ([{"first_name": "Jane", "last_name": "Doe", "email": "j@x.example"}], "Jane Doe"),
        ([{"email": "j@x.example"}], "j@x.example"),
        ([], ""),
    ],
)
def test_a_client_without_a_name_is_called_by_its_contact(company, hashed, contacts, shown):
    made = company.new_v1(contacts=contacts)
    assert (made["name"], made["display_name"]) == ("", shown)
    assert company.legacy_view(hashed.decode(made["id"])[0])["company_name"] == shown
