"""/api/categories: the categories of clients; no client is ever without one."""

import json

import pytest
from sqlalchemy import select

from core.clients import categories, category_backfill
from core.events import activities
from core.models import client_renderings
from dialects.legacy.routes import VIEW
from tests.drivers import HASHIDS
from tests.register.arranging import UNKNOWN, eventually, register, together

NEW = {"category_name": "Whole Sale & Söhne", "category_description": "By the pallet.", "category_icon": "ti ti-box"}


def make(company, name="Trade", **body):
    answer = company.api.post("/categories", json={"category_name": name} | body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def names(company, query=""):
    return [each["name"] for each in company.api.get(f"/categories{query}").json()["data"]]


def default_of(company):
    return next(each for each in company.api.get("/categories").json()["data"] if each["system_default"] == "yes")


def test_a_category_has_every_documented_key(company):
    answer = company.api.post("/categories", json=NEW)
    made = answer.json()["data"]
    assert (answer.status_code, answer.json()["message"]) == (201, "Category created successfully.")
    assert made == {
        "id": made["id"],
        "name": "Whole Sale & Söhne",
        "description": "By the pallet.",
        "type": "client",
        "visibility": "everyone",
        "icon": "ti ti-box",
        "system_default": "no",
        "slug": f"{made['id']}-whole-sale-sohne",
        "count": 0,
        "users_count": 0,
        "dates": {"created": made["dates"]["created"], "updated": made["dates"]["created"]},
    }
    shown = company.api.get(f"/categories/{made['id']}")
    assert shown.json() == {"data": made, "message": "Category retrieved successfully."}


def test_form_bodies_are_accepted(company):
    answer = company.api.post("/categories", data={"category_name": "Retail", "category_visibility": "hidden"})
    assert answer.json()["data"]["visibility"] == "hidden"
    changed = company.api.post(f"/categories/{answer.json()['data']['id']}", data={"_method": "PATCH", **NEW})
    assert (changed.status_code, changed.json()["data"]["name"]) == (200, NEW["category_name"])


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"category_name": ["The category name field is required."]}),
        ({"category_name": " "}, {"category_name": ["The category name field is required."]}),
        ({"category_name": "Default"}, {"category_name": ["A category with this name already exists."]}),
        (
            {"category_name": "Default", "category_type": "project"},
            {
                "category_name": ["A category with this name already exists."],
                "category_type": ["The selected category type is invalid."],
            },
        ),
        (
            {"category_name": "x" * 256},
            {"category_name": ["The category name field must not be greater than 255 characters."]},
        ),
        (
            {"category_name": "A", "category_visibility": "me"},
            {"category_visibility": ["The selected category visibility is invalid."]},
        ),
    ],
)
def test_an_invalid_category_is_refused_with_a_message(company, body, errors):
    answer = company.api.post("/categories", json=body)
    assert (answer.status_code, answer.json()) == (422, {"message": "The given data was invalid.", "errors": errors})


def test_an_update_changes_only_the_keys_sent(company):
    made = make(company, **{key: value for key, value in NEW.items() if key != "category_name"})
    changed = company.api.patch(f"/categories/{made['id']}", json={"category_icon": None, "category_type": "project"})
    assert changed.json()["message"] == "Category updated successfully."
    assert changed.json()["data"] == made | {"icon": None, "dates": changed.json()["data"]["dates"]}
    for name in ("", None, "Default"):
        assert company.api.patch(f"/categories/{made['id']}", json={"category_name": name}).status_code == 422


def test_lists_are_newest_first_filtered_searched_sorted_and_paged(company):
    for name, visibility in (("Größe", "everyone"), ("apples", "hidden"), ("Pears", "everyone")):
        make(company, name, category_visibility=visibility)
    assert names(company) == ["Pears", "apples", "Größe", "Default"]
    assert names(company, "?sort=category_name&order=asc") == ["apples", "Default", "Größe", "Pears"]
    assert names(company, "?visibility=hidden") == ["apples"]
    assert names(company, "?search=GRÖSSE") == ["Größe"]
    assert names(company, "?search=%25") == []
    assert names(company, "?type=client&limit=1&page=2") == ["apples"]
    meta = company.api.get("/categories?limit=3").json()["meta"]
    assert meta == {"current_page": 1, "per_page": 3, "total": 4, "last_page": 2}
    assert company.api.get("/categories?type=leads").status_code == 422


def test_the_count_equals_the_number_of_clients_that_the_filter_finds(company):
    made = make(company)
    kept, erased, hidden = (company.new_legacy(client_categoryid=made["id"])["id"] for _ in range(3))
    company.api.delete(f"/clients/{erased}")
    company.v1.delete(f"/clients/{company.v1_of(hidden)}")
    company.api.put(f"/clients/{kept}/status", json={"status": "suspended"})
    listed = {each["id"]: each["count"] for each in company.api.get("/categories").json()["data"]}
    for category_id, count in listed.items():
        found = company.api.get(f"/clients?category_id={category_id}").json()["meta"]["total"]
        assert (category_id, found) == (category_id, count)
    assert listed[made["id"]] == 1


def test_a_new_name_shows_at_once_in_every_client(company):
    made = make(company)
    client = company.new_legacy(client_categoryid=made["id"])
    before = company.api.get(f"/clients/{client['id']}").headers["etag"]
    company.api.patch(f"/categories/{made['id']}", json={"category_name": "Traders"})
    after = company.api.get(f"/clients/{client['id']}")
    assert after.json()["data"]["category"] == {"id": made["id"], "name": "Traders"}
    assert after.headers["etag"] != before
    assert company.api.get("/clients").json()["data"][0]["category"]["name"] == "Traders"


def test_migrating_moves_every_client_and_no_other(company):
    source, target, third = (make(company, name) for name in ("A", "B", "C"))
    moving = [company.new_legacy(client_categoryid=source["id"]) for _ in range(3)]
    staying = company.new_legacy(client_categoryid=third["id"])
    company.v1.delete(f"/clients/{company.v1_of(moving[2]['id'])}")
    answer = company.api.put(f"/categories/{source['id']}/migrate", json={"target_id": target["id"]})
    assert (answer.status_code, answer.json()["message"]) == (200, "Category resources migrated successfully.")
    assert answer.json()["data"]["count"] == 0
    for client in moving[:2]:
        seen = company.legacy_view(client["id"])
        assert seen["category"] == {"id": target["id"], "name": "B"}
        assert seen["dates"]["updated"] > client["dates"]["updated"]
        assert company.v1_view(company.v1_of(client["id"]))["group_settings_id"] == HASHIDS.encode(target["id"])
        noted = register(company, activities.list_all, client["id"])[0]
        changed = {"category_id": source["id"]}, {"category_id": target["id"]}
        assert (noted["dialect"], noted["kind"], noted["before"], noted["after"]) == ("api", "updated", *changed)
    assert company.legacy_view(staying["id"])["category"]["id"] == third["id"]
    assert len(register(company, activities.list_all, staying["id"])) == 1
    company.v1.post("/clients/bulk", json={"action": "restore", "ids": [company.v1_of(moving[2]["id"])]})
    assert company.legacy_view(moving[2]["id"])["category"]["id"] == target["id"]


@pytest.mark.parametrize("key", ["target_id", "category_id"])
@pytest.mark.parametrize("target", [UNKNOWN, None, "itself"])
def test_migrating_to_an_unknown_category_is_refused(company, target, key):
    made = make(company)
    body = {key: made["id"] if target == "itself" else target}
    answer = company.api.put(f"/categories/{made['id']}/migrate", json=body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [key])


def test_a_migration_accepts_both_names_of_its_target_and_prefers_target_id(company):
    source, first, second = (make(company, name) for name in ("A", "B", "C"))
    client = company.new_legacy(client_categoryid=source["id"])["id"]
    company.api.put(f"/categories/{source['id']}/migrate", data={"category_id": first["id"]})
    assert company.legacy_view(client)["category"]["id"] == first["id"]
    both = {"category_id": source["id"], "target_id": second["id"]}
    company.api.put(f"/categories/{first['id']}/migrate", data=both)
    assert company.legacy_view(client)["category"]["id"] == second["id"]
    nothing = company.api.put(f"/categories/{first['id']}/migrate")
    assert nothing.json()["errors"] == {"target_id": ["The target id field is required."]}


def test_only_a_category_without_clients_can_be_deleted(company):
    made = make(company)
    client = company.new_legacy(client_categoryid=made["id"])["id"]
    company.v1.delete(f"/clients/{company.v1_of(client)}")
    refused = company.api.delete(f"/categories/{made['id']}")
    assert (refused.status_code, refused.json()) == (
        409,
        {"message": "The category still has clients, deleted ones included. Migrate them first."},
    )
    company.api.put(f"/categories/{made['id']}/migrate", json={"category_id": default_of(company)["id"]})
    gone = company.api.delete(f"/categories/{made['id']}")
    assert gone.json() == {"data": {"id": made["id"]}, "message": "Category deleted successfully."}
    assert company.api.get(f"/categories/{made['id']}").json() == {"message": "Category not found."}


def test_the_default_category_cannot_be_deleted(company):
    default = default_of(company)["id"]
    refused = company.api.delete(f"/categories/{default}")
    assert (refused.status_code, refused.json()) == (409, {"message": "The default category cannot be deleted."})
    renamed = company.api.patch(f"/categories/{default}", json={"category_name": "Standard"})
    assert renamed.json()["data"]["system_default"] == "yes"
    assert company.new_legacy()["category"] == {"id": default, "name": "Standard"}


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/categories", "GET, POST, HEAD, OPTIONS"),
        ("/categories/{id}", "DELETE, GET, PATCH, HEAD, OPTIONS"),
        ("/categories/{id}/migrate", "PUT, OPTIONS"),
    ],
)
def test_other_methods_are_answered_as_for_clients(company, path, allowed):
    url = path.format(id=make(company)["id"])
    assert company.api.options(url).headers["allow"] == allowed
    assert company.api.request("TRACE", url).headers["allow"] == allowed
    if "GET" in allowed:
        head, whole = company.api.head(url + "/"), company.api.get(url)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == whole.headers["content-length"]


def test_versions_and_retries_work_as_for_clients(company):
    made = make(company)
    url, version = f"/categories/{made['id']}", company.api.get(f"/categories/{made['id']}").headers["etag"]
    assert company.api.get(url, headers={"If-None-Match": version}).status_code == 304
    company.new_legacy(client_categoryid=made["id"])
    stale = company.api.patch(url, json={"category_name": "B"}, headers={"If-Match": version})
    assert (stale.status_code, stale.json()["message"]) == (412, "The category has been changed since it was read.")
    once = [
        company.api.post("/categories", json={"category_name": "C"}, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert (once[1].status_code, once[1].json()) == (201, once[0].json())
    assert company.api.get("/categories?colour=red").headers["x-ignored-query"] == "colour"


def test_concurrent_creates_make_one_category_of_a_name(company):
    def act():
        return company.api.post("/categories", json={"category_name": "Twin"}).status_code

    assert sorted(together([act] * 4)) == [201, 422, 422, 422]


def test_no_client_is_left_in_a_concurrently_deleted_category(company):
    def put(category_id):
        body = {"first_name": "A", "last_name": "B", "email": f"a{category_id}@x.example"}
        return company.api.post("/clients", json=body | {"client_categoryid": category_id}).status_code

    for number in range(5):
        made = make(company, f"Short-lived {number}")["id"]
        codes = together(
            [lambda made=made: put(made), lambda made=made: company.api.delete(f"/categories/{made}").status_code]
        )
        assert codes in ([201, 409], [422, 200]), codes


def test_nothing_of_another_company_can_be_seen_changed_or_named(company, other_company):
    foreign, own = make(other_company, "Foreign"), make(company, "Own")
    for method, url, body in [
        ("GET", f"/categories/{foreign['id']}", None),
        ("PATCH", f"/categories/{foreign['id']}", {"category_name": "Mine"}),
        ("DELETE", f"/categories/{foreign['id']}", None),
        ("PUT", f"/categories/{foreign['id']}/migrate", {"category_id": own["id"]}),
    ]:
        answer = company.api.request(method, url, json=body)
        assert (answer.status_code, answer.json()) == (404, {"message": "Category not found."}), (method, url)
    assert company.api.put(f"/categories/{own['id']}/migrate", json={"category_id": foreign["id"]}).status_code == 422
    assert names(company) == ["Own", "Default"]
    assert names(other_company) == ["Foreign", "Default"]
    assert make(company, "Foreign")["name"] == "Foreign"


def test_categories_added_on_the_command_line_are_found(company):
    made = register(company, categories.add, "Könige")
    assert company.api.get("/categories?search=könige").json()["data"][0]["id"] == made


@pytest.mark.parametrize("how", ["renamed", "moved"])
def test_the_clients_of_a_changed_category_are_rendered_again_in_the_background(company, how, monkeypatch):
    monkeypatch.setattr(category_backfill, "CLIENTS_PER_STEP", 2)
    source, target = make(company, "A"), make(company, "B")
    made = [company.new_legacy(client_categoryid=source["id"])["id"] for _ in range(5)]
    if how == "renamed":
        company.api.patch(f"/categories/{source['id']}", json={"category_name": "C"})
    else:
        company.api.put(f"/categories/{source['id']}/migrate", json={"category_id": target["id"]})
    shown = {"renamed": "C", "moved": "B"}[how]

    def kept(client_id):
        with company.server.database.reading() as connection:
            row = select(client_renderings.c.packed).where(
                client_renderings.c.client_id == client_id, client_renderings.c.view == "api"
            )
            packed = connection.execute(row).scalar_one()
            return json.loads(VIEW.packing.unpack(packed))["category"]["name"]

    assert eventually(lambda: [kept(client_id) for client_id in made] == [shown] * 5)
    for client_id in made:
        assert company.legacy_view(client_id)["category"]["name"] == shown
