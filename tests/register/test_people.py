"""/api/contacts: the people of clients as records of their own, and the same ones inside both dialects' clients."""

import pytest

from core.clients.contact_users import add_contact_user
from core.events import activities
from tests.drivers import HASHIDS
from tests.register.arranging import UNKNOWN, register
from tests.register.people import found, new, v1_contacts


def test_a_contact_has_every_documented_key(company):
    client = company.new_legacy(client_company_name="Acme")
    body = {"first_name": " Ann ", "last_name": "Lee", "email": "ann@acme.example", "clientid": client["id"]}
    more = {"phone": "+1 555", "position": "Buyer", "social_github": "annlee"}
    answer = company.api.post("/contacts", json=body | more)
    made = answer.json()["data"]
    assert (answer.status_code, answer.json()["message"]) == (201, "Contact created successfully.")
    assert made == {
        "id": made["id"],
        "first_name": "Ann",
        "last_name": "Lee",
        "name": "Ann Lee",
        "email": "ann@acme.example",
        "phone": "+1 555",
        "job_position": "Buyer",
        "account_owner": "no",
        "status": "active",
        "client": {"id": client["id"], "company_name": "Acme"},
        "role": {"id": 2, "name": "Client"},
        "social": {"facebook": None, "twitter": None, "linkedin": None, "github": "annlee", "dribbble": None},
        "dates": {"created": made["dates"]["created"], "updated": made["dates"]["created"]},
    }
    shown = company.api.get(f"/contacts/{made['id']}").json()
    assert shown == {"data": made, "message": "Contact retrieved successfully."}


def test_a_new_contact_shows_at_once_in_the_client_in_both_dialects(company):
    client = company.new_legacy(client_company_name="Acme")
    before = company.api.get(f"/clients/{client['id']}")
    made = new(company, client["id"], email="ann@find.example", phone="123")
    after = company.api.get(f"/clients/{client['id']}")
    assert after.json()["data"]["dates"]["updated"] > before.json()["data"]["dates"]["updated"]
    assert after.headers["etag"] != before.headers["etag"]
    owner, second = v1_contacts(company, client["id"])
    assert (owner["is_primary"], second["is_primary"]) == (True, False)
    assert (HASHIDS.decode(second["id"])[0], second["email"], second["phone"]) == (
        made["id"],
        "ann@find.example",
        "123",
    )
    assert company.v1.get("/clients?filter=ann@find").json()["meta"]["pagination"]["total"] == 1
    company.v1.put(f"/clients/{company.v1_of(client['id'])}", json={"name": "Acme Inc"})
    assert company.api.get(f"/contacts/{made['id']}").json()["data"]["client"]["company_name"] == "Acme Inc"


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"first_name": ""}, {"first_name": ["The first name field is required."]}),
        ({"email": None}, {"email": ["The email field is required."]}),
        ({"email": "no email"}, {"email": ["The email field must be a valid email address."]}),
        ({"email": "OWNER@x.example"}, {"email": ["The email has already been taken."]}),
        ({"email": "team@acme.example"}, {"email": ["The email has already been taken."]}),
        ({"clientid": None}, {"clientid": ["The clientid field is required."]}),
        ({"clientid": UNKNOWN}, {"clientid": ["The selected clientid is invalid."]}),
        (
            {"last_name": "", "email": "owner@x.example", "clientid": UNKNOWN},
            {
                "last_name": ["The last name field is required."],
                "email": ["The email has already been taken."],
                "clientid": ["The selected clientid is invalid."],
            },
        ),
    ],
)
def test_an_invalid_contact_is_refused_with_a_message(company, change, errors):
    client = company.new_legacy(email="owner@x.example")
    body = {"first_name": "A", "last_name": "B", "email": "a@x.example", "clientid": client["id"]}
    answer = company.api.post("/contacts", json=body | change)
    assert (answer.status_code, answer.json()) == (422, {"message": "The given data was invalid.", "errors": errors})


def test_a_contact_without_a_client_can_be_given_one(company):
    client = company.new_legacy()
    waiting = register(company, add_contact_user, "zoe@wait.example", "Zoe", "Old")
    alone = company.api.get(f"/contacts/{waiting}").json()["data"]
    assert (alone["client"], alone["account_owner"]) == ({"id": None, "company_name": None}, "no")
    refused = company.api.put(f"/contacts/{waiting}/account-owner")
    assert (refused.status_code, refused.json()) == (409, {"message": "The contact does not belong to a client."})
    changed = company.api.patch(
        f"/contacts/{waiting}", json={"first_name": "Zoë", "last_name": "Old", "email": "zoe@wait.example"}
    )
    assert changed.json()["data"]["name"] == "Zoë Old"
    made = new(company, client["id"], first_name="Zoë", email="ZOE@wait.example")
    assert (made["id"], made["client"]["id"]) == (waiting, client["id"])
    assert found(company, "?search=zoë lee") == ["Zoë"]


def test_an_update_changes_only_the_keys_sent(company):
    client = company.new_legacy()
    made = new(company, client["id"], position="Buyer", social_github="a", social_twitter="b", phone="1")
    same = {key: made[key] for key in ("first_name", "last_name", "email")}
    answer = company.api.patch(f"/contacts/{made['id']}", json=same)
    assert (answer.json()["message"], answer.json()["data"]) == ("Contact updated successfully.", made)
    more = {"position": None, "social_github": "", "clientid": UNKNOWN, "account_owner": "yes"}
    changed = company.api.patch(f"/contacts/{made['id']}", json=same | more).json()["data"]
    assert changed == made | {
        "job_position": None,
        "social": made["social"] | {"github": None},
        "dates": changed["dates"],
    }
    taken = company.api.patch(f"/contacts/{made['id']}", json=same | {"email": "team@acme.example"})
    assert taken.json()["errors"] == {"email": ["The email has already been taken."]}
    assert set(company.api.patch(f"/contacts/{made['id']}", json={}).json()["errors"]) == set(same)


def test_a_new_name_of_the_owner_shows_as_the_name_of_a_nameless_client(company):
    made = company.new_v1(contacts=[{"first_name": "Ann", "email": "ann@n.example"}])
    owner = HASHIDS.decode(made["contacts"][0]["id"])[0]
    company.api.patch(f"/contacts/{owner}", json={"first_name": "Eve", "last_name": "Roe", "email": "ann@n.example"})
    assert company.v1_view(made["id"])["display_name"] == "Eve Roe"
    assert company.api.get("/clients?search=eve roe").json()["meta"]["total"] == 1


def test_fields_of_a_contact_that_only_api_shows_survive_writes_of_v1(company):
    client = company.new_legacy()
    made = new(company, client["id"], position="Buyer", social_github="a")
    gone = new(company, client["id"], first_name="Gone", email="gone@x.example")
    company.api.delete(f"/contacts/{gone['id']}")
    path = f"/clients/{company.v1_of(client['id'])}"
    for body in ({"city": "Ghent"}, company.v1_view(company.v1_of(client["id"]))):
        assert company.v1.put(path, json=body).status_code == 200
    people = [{"id": each["id"], "first_name": "Other"} for each in v1_contacts(company, client["id"])]
    company.v1.put(path, json={"contacts": people})
    seen = company.api.get(f"/contacts/{made['id']}").json()["data"]
    assert (seen["first_name"], seen["job_position"], seen["social"]["github"]) == ("Other", "Buyer", "a")
    company.v1.delete(path)
    assert company.api.get(f"/contacts/{made['id']}").json() == {"message": "Contact not found."}
    assert found(company) == []
    company.v1.post("/clients/bulk", json={"action": "restore", "ids": [company.v1_of(client["id"])]})
    assert found(company) == ["Other", "Other"]
    company.v1.put(path, json={"contacts": people[:1]})
    assert found(company) == ["Other"]


def test_a_deleted_contact_is_not_found_and_its_email_can_be_used_again(company):
    client = company.new_legacy()
    made = new(company, client["id"], email="again@x.example")
    answer = company.api.delete(f"/contacts/{made['id']}")
    assert answer.json() == {"data": {"id": made["id"]}, "message": "Contact deleted successfully."}
    for method in ("GET", "PATCH", "DELETE"):
        again = company.api.request(method, f"/contacts/{made['id']}", json={})
        assert (again.status_code, again.json()) == (404, {"message": "Contact not found."})
    assert company.api.put(f"/contacts/{made['id']}/account-owner").status_code == 404
    assert len(v1_contacts(company, client["id"])) == 1
    assert company.v1.get("/clients?filter=again@x").json()["data"] == []
    as_contact = {"contacts": [{"id": HASHIDS.encode(made["id"])}]}
    assert company.v1.put(f"/clients/{company.v1_of(client['id'])}", json=as_contact).status_code == 422
    assert company.api.put(f"/clients/{client['id']}/owner", json={"owner": made["id"]}).status_code == 422
    assert new(company, client["id"], email="again@x.example")["id"] != made["id"]


def test_the_account_owner_can_be_deleted_only_after_the_role_has_moved(company):
    client = company.new_legacy()
    owner, second = client["owner"]["id"], new(company, client["id"])["id"]
    refused = company.api.delete(f"/contacts/{owner}")
    assert (refused.status_code, refused.json()) == (
        409,
        {"message": "The account owner cannot be deleted. Make another contact the account owner first."},
    )
    moved = company.api.put(f"/contacts/{second}/account-owner")
    assert (moved.status_code, moved.json()["message"]) == (200, "Contact set as account owner successfully.")
    assert moved.json()["data"]["account_owner"] == "yes"
    assert company.legacy_view(client["id"])["owner"]["id"] == second
    assert [each["is_primary"] for each in v1_contacts(company, client["id"])] == [True, False]
    assert company.api.delete(f"/contacts/{owner}").status_code == 200
    assert company.api.delete(f"/contacts/{second}").status_code == 409


def test_lists_are_oldest_first_filtered_searched_sorted_and_paged(company):
    one = company.new_v1(
        contacts=[{"first_name": "Cyd", "last_name": "ABE", "email": "c@l.example", "phone": "555 77"}]
    )
    two = company.new_v1(
        contacts=[
            {"first_name": "Ann", "last_name": "Groß", "email": "z@l.example", "is_locked": True},
            {"first_name": "bob", "last_name": "Cole", "email": "a@l.example"},
        ]
    )
    assert found(company) == ["Cyd", "Ann", "bob"]
    for query, expected in {
        "?order=desc": ["bob", "Ann", "Cyd"],
        "?sort=first_name": ["Ann", "bob", "Cyd"],
        "?sort=last_name&order=desc": ["Ann", "bob", "Cyd"],
        "?sort=email": ["bob", "Cyd", "Ann"],
        "?sort=created": ["Cyd", "Ann", "bob"],
        "?status=suspended": ["Ann"],
        "?status=active": ["Cyd", "bob"],
        f"?client_id={HASHIDS.decode(one['id'])[0]}": ["Cyd"],
        f"?client_id={UNKNOWN}": [],
        "?account_owner=yes": ["Cyd", "Ann"],
        "?account_owner=no&search=COLE": ["bob"],
        "?search=ann GROSS": ["Ann"],
        "?search=55 7": ["Cyd"],
        "?search=l.example&limit=1&page=3": ["bob"],
        "?search=_": [],
    }.items():
        assert found(company, query) == expected, query
    for query in ("?sort=phone", "?status=foo", "?account_owner=1", "?client_id=x", "?page=0"):
        assert company.api.get(f"/contacts{query}").status_code == 422, query
    assert company.api.get("/contacts?limit=2").json()["meta"] == {
        "current_page": 1,
        "per_page": 2,
        "total": 3,
        "last_page": 2,
    }
    assert len(two["contacts"]) == 2


def test_forms_methods_versions_and_retries_work_as_for_clients(company):
    client = company.new_legacy()
    body = {"first_name": "Form", "last_name": "Body", "email": "form@x.example", "clientid": client["id"]}
    once = [
        company.api.post("/contacts", data=body | {"send_email": "yes"}, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert [each.status_code for each in once] == [201, 201]
    url = f"/contacts/{once[0].json()['data']['id']}"
    assert company.api.options(url).headers["allow"] == "DELETE, GET, PATCH, HEAD, OPTIONS"
    assert company.api.options(f"{url}/account-owner").headers["allow"] == "PUT, OPTIONS"
    assert company.api.put(url, json=body).status_code == 405
    version = company.api.head(f"{url}/").headers["etag"]
    assert company.api.get(url, headers={"If-None-Match": version}).status_code == 304
    changed = company.api.patch(url, json=body | {"phone": "1"}, headers={"If-Match": version})
    assert changed.status_code == 200
    for method, path in (("PATCH", url), ("DELETE", url), ("PUT", f"{url}/account-owner")):
        stale = company.api.request(method, path, json=body, headers={"If-Match": version})
        assert (stale.status_code, stale.json()["message"]) == (412, "The contact has been changed since it was read.")
    assert company.api.get("/contacts?colour=red").headers["x-ignored-query"] == "colour"


def test_nothing_of_another_company_can_be_seen_changed_or_named(company, other_company):
    foreign = new(other_company, other_company.new_legacy()["id"], email="foreign@x.example")
    url = f"/contacts/{foreign['id']}"
    body = {"first_name": "A", "last_name": "B", "email": "a@x.example"}
    for method, path in (("GET", url), ("PATCH", url), ("DELETE", url), ("PUT", f"{url}/account-owner")):
        answer = company.api.request(method, path, json=body)
        assert (answer.status_code, answer.json()) == (404, {"message": "Contact not found."}), method
    into = company.api.post("/contacts", json=body | {"clientid": foreign["client"]["id"]})
    assert list(into.json()["errors"]) == ["clientid"]
    for query in ("", "?search=foreign", f"?client_id={foreign['client']['id']}"):
        assert found(company, query) == []
    assert new(company, company.new_legacy()["id"], email="foreign@x.example")["email"] == "foreign@x.example"


def test_a_change_leaves_an_activity_without_secrets(company):
    client = company.new_legacy()
    made = new(company, client["id"], position="Buyer")
    company.api.delete(f"/contacts/{made['id']}")
    deleted, created = register(company, activities.list_all, client["id"])[:2]
    assert (deleted["kind"], created["kind"]) == ("contacts_changed", "contacts_changed")
    assert created["after"]["contacts"][str(made["id"])]["job_position"] == "Buyer"
    assert str(made["id"]) in deleted["before"]["contacts"]


def test_a_merge_shows_the_contacts_of_a_deleted_client_again(company):
    kept, merged = (
        company.new_v1(name="Kept"),
        company.new_v1(contacts=[{"first_name": "Moved", "email": "m@x.example"}]),
    )
    company.v1.delete(f"/clients/{merged['id']}")
    assert "Moved" not in found(company)
    company.v1.post(f"/clients/{kept['id']}/{merged['id']}/merge", headers=company.with_password)
    assert "Moved" in found(company)


def test_errors_that_only_the_register_can_find_are_named_together(company):
    company.new_legacy(email="taken@acme.example")
    body = {"first_name": "A", "last_name": "B", "email": "Taken@acme.example", "client_categoryid": UNKNOWN}
    refused = company.api.post("/clients", json=body)
    assert (refused.status_code, refused.json()["errors"].keys()) == (422, {"email", "client_categoryid"})
    number, other = company.new_v1()["number"], company.new_v1()["id"]
    doubled = {"number": number, "contacts": [{"email": "a@x.example"}, {"email": "A@x.example"}]}
    for answer in (company.v1.post("/clients", json=doubled), company.v1.put(f"/clients/{other}", json=doubled)):
        assert (answer.status_code, answer.json()["errors"].keys()) == (422, {"number", "contacts.1.email"})
