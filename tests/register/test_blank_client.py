"""Paths of /api/v1 that client programs read before they write: a blank client, a client to edit, a ping."""

from sqlalchemy import text

from core.access import keys, users
from dialects.v1.example_records import CLIENT
from tests.documents.shapes import differences
from tests.register.arranging import register

SETTINGS = frozenset({"$.settings"})


def test_a_blank_client_has_the_usual_shape_and_is_not_stored(company):
    own = company.new_v1()
    blank = company.v1.get("/clients/create").json()["data"]
    assert differences(blank, CLIENT | {"settings": {"entity": "", "currency_id": ""}}, free=SETTINGS) == []
    assert (blank["id"], blank["number"], blank["user_id"]) == ("", "", own["user_id"])
    assert [(each["id"], each["is_primary"], each["link"]) for each in blank["contacts"]] == [("", True, "")]
    assert company.v1.get("/clients").json()["meta"]["pagination"]["total"] == 1
    assert company.new_v1()["number"] == "0002"


def test_a_blank_client_equals_an_empty_create(company):
    blank = company.v1.get("/clients/create").json()["data"]
    made = company.v1.post("/clients", json=blank).json()["data"]
    given = ("id", "number", "client_hash", "created_at", "updated_at")
    assert made == blank | {key: made[key] for key in (*given, "contacts")}
    (contact,), (shown,) = made["contacts"], blank["contacts"]
    assert contact == shown | {key: contact[key] for key in ("id", "contact_key", "link", "created_at", "updated_at")}


def test_a_blank_client_has_the_companys_currency(company):
    def change(connection, company_id):
        connection.execute(text("UPDATE companies SET currency_id = '3' WHERE id = :id"), {"id": company_id})

    register(company, change)
    assert company.v1.get("/clients/create").json()["data"]["settings"]["currency_id"] == "3"


def test_the_edit_path_shows_the_client(company, other_company):
    made = company.new_v1(name="Acme")
    shown, edited = (company.v1.get(f"/clients/{made['id']}{rest}") for rest in ("", "/edit"))
    assert (edited.content, edited.headers["etag"]) == (shown.content, shown.headers["etag"])
    known = {"If-None-Match": shown.headers["etag"]}
    assert company.v1.get(f"/clients/{made['id']}/edit", headers=known).status_code == 304
    assert other_company.v1.get(f"/clients/{made['id']}/edit").status_code == 404


def test_a_ping_shows_the_company_and_user_of_the_token(company):
    assert company.v1.get("/ping").json() == {"company_name": company.name, "user_name": "team@acme.example"}

    def named(connection, company_id):
        user = ("jane@acme.example", "Secret123", "Jane", "Doe")
        return keys.issue(connection, company_id, users.add_team_user(connection, company_id, *user), "hers")

    answer = company.v1.get("/ping", headers={"X-API-TOKEN": register(company, named)})
    assert answer.json() == {"company_name": company.name, "user_name": "Jane Doe"}
