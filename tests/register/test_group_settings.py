"""/api/v1/group_settings: the same categories as groups, without the default one."""

import pytest

from core.clients import categories
from tests.drivers import HASHIDS
from tests.register.arranging import UNKNOWN, register, together


def make(company, **body):
    answer = company.v1.post("/group_settings", json={"name": "Trade"} | body)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def bulk(company, action, *ids):
    return company.v1.post("/group_settings/bulk", json={"action": action, "ids": list(ids)})


def names(company, query=""):
    return [each["name"] for each in company.v1.get(f"/group_settings{query}").json()["data"]]


def test_a_group_has_every_documented_key(company):
    made = make(company, settings={"currency_id": "3", "nested": {"a": 1}})
    assert made == {
        "id": made["id"],
        "name": "Trade",
        "settings": {"currency_id": "3", "nested": {"a": 1}},
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "archived_at": 0,
        "is_deleted": False,
    }
    assert company.v1.get(f"/group_settings/{made['id']}").json() == {"data": made}
    number = HASHIDS.decode(made["id"])[0]
    assert company.api.get(f"/categories/{number}").json()["data"]["name"] == "Trade"


def test_settings_are_merged_key_by_key_and_survive_a_change_in_api(company):
    made = make(company, settings={"a": 1, "b": 2})
    company.api.patch(f"/categories/{HASHIDS.decode(made['id'])[0]}", json={"category_name": "Traders"})
    changed = company.v1.put(f"/group_settings/{made['id']}", json={"settings": {"a": None, "c": 3}})
    assert (changed.json()["data"]["name"], changed.json()["data"]["settings"]) == ("Traders", {"b": 2, "c": 3})


def test_the_size_of_settings_is_limited(company):
    made = make(company)
    answers = [
        company.v1.put(f"/group_settings/{made['id']}", json={"settings": {f"key{n}": "x" * 30_000}}) for n in range(3)
    ]
    assert [each.status_code for each in answers] == [200, 200, 422]
    assert list(answers[-1].json()["errors"]) == ["settings"]


def test_fields_that_only_api_shows_survive_a_change_in_v1(company):
    body = {
        "category_name": "Trade",
        "category_description": "d",
        "category_icon": "i",
        "category_visibility": "hidden",
    }
    made = company.api.post("/categories", json=body).json()["data"]
    company.v1.put(f"/group_settings/{HASHIDS.encode(made['id'])}", json={"settings": {"a": 1}})
    seen = company.api.get(f"/categories/{made['id']}").json()["data"]
    assert seen == made | {"dates": seen["dates"]}


def test_the_default_category_is_not_a_group(company):
    default = HASHIDS.encode(company.legacy_view(company.new_legacy()["id"])["category"]["id"])
    assert names(company) == []
    for method, url in (("GET", f"/group_settings/{default}"), ("DELETE", f"/group_settings/{default}")):
        assert company.v1.request(method, url).status_code == 404
    assert bulk(company, "delete", default).status_code == 404


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": "Default"}, {"name": "A", "settings": "x"}])
def test_an_invalid_group_is_refused(company, body):
    answer = company.v1.post("/group_settings", json=body)
    assert (answer.status_code, answer.json()["message"]) == (422, "The given data was invalid.")


def test_a_deleted_group_is_hidden_stays_with_its_clients_and_can_be_restored(company):
    made = make(company)
    number = HASHIDS.decode(made["id"])[0]
    client = company.new_v1(name="Acme", group_settings_id=made["id"])
    assert company.v1.delete(f"/group_settings/{made['id']}").json()["data"]["is_deleted"] is True
    assert names(company) == []
    assert names(company, "?is_deleted=true") == names(company, "?status=active,deleted") == ["Trade"]
    assert company.v1.get(f"/group_settings/{made['id']}").json()["data"]["is_deleted"] is True
    assert company.api.get(f"/categories/{number}").status_code == 404
    assert company.v1_view(client["id"])["group_settings_id"] == made["id"]
    refused = company.v1.put(f"/group_settings/{made['id']}", json={"name": "X"})
    assert (refused.status_code, refused.json()["message"].split(".")[0]) == (
        400,
        "Record is deleted and cannot be edited",
    )
    assert company.v1.post("/clients", json={"group_settings_id": made["id"]}).status_code == 422
    assert company.v1.put(f"/clients/{client['id']}", json=company.v1_view(client["id"])).status_code == 200
    assert bulk(company, "restore", made["id"]).json()["data"][0]["is_deleted"] is False
    assert company.api.get(f"/categories/{number}").json()["data"]["count"] == 1


def test_archiving_twice_keeps_the_first_time_and_the_group_stays_listed(company):
    made = make(company)
    first = bulk(company, "archive", made["id"]).json()["data"][0]["archived_at"]
    assert first > 0
    assert bulk(company, "archive", made["id"]).json()["data"][0]["archived_at"] == first
    assert names(company) == names(company, "?status=archived") == ["Trade"]
    assert company.new_v1(group_settings_id=made["id"])["group_settings_id"] == made["id"]


def test_bulk_is_all_or_nothing(company, other_company):
    made, foreign = make(company), make(other_company)
    for unknown in (foreign["id"], HASHIDS.encode(UNKNOWN), "?"):
        assert bulk(company, "delete", made["id"], unknown).status_code == 404
    assert names(company) == names(other_company) == ["Trade"]
    assert bulk(company, "assign", made["id"]).status_code == 422


def test_lists_are_oldest_first_filtered_sorted_and_paged(company):
    for name in ("b", "A", "Größe"):
        make(company, name=name)
    assert names(company) == ["b", "A", "Größe"]
    assert names(company, "?sort=name|ASC") == ["A", "b", "Größe"]
    assert names(company, "?filter=GRÖSSE") == ["Größe"]
    answer = company.v1.get("/group_settings?per_page=2").json()["meta"]["pagination"]
    assert (answer["total"], answer["total_pages"]) == (3, 2)
    assert answer["links"]["next"].endswith("/api/v1/group_settings?per_page=2&page=2")


def test_nothing_of_another_company_can_be_seen_or_changed(company, other_company):
    foreign = make(other_company)
    for method in ("GET", "PUT", "DELETE"):
        answer = company.v1.request(method, f"/group_settings/{foreign['id']}", json={"name": "Mine"})
        assert (answer.status_code, answer.json()) == (404, {"message": "Record not found", "errors": {}})
    assert names(other_company) == ["Trade"]


def test_methods_versions_and_forms_work_as_for_clients(company):
    made = company.v1.post("/group_settings/", data={"name": "Form", "settings[currency_id]": "2"}).json()["data"]
    assert made["settings"] == {"currency_id": "2"}
    url = f"/group_settings/{made['id']}"
    assert company.v1.options(url).headers["allow"] == "DELETE, GET, PATCH, PUT, HEAD, OPTIONS"
    assert company.v1.patch(url, json={}).status_code == 200
    version = company.v1.head(url).headers["etag"]
    number = HASHIDS.decode(made["id"])[0]
    assert company.api.head(f"/categories/{number}").headers["etag"] == version
    company.v1.post(url, data={"_method": "PUT", "name": "Other"})
    assert company.v1.put(url, json={"name": "Third"}, headers={"If-Match": version}).status_code == 412


def test_concurrent_creates_in_both_dialects_make_one_of_a_name(company):
    acts = [
        lambda: company.v1.post("/group_settings", json={"name": "Twin"}).status_code,
        lambda: company.api.post("/categories", json={"category_name": "Twin"}).status_code,
    ]
    assert sorted(together(acts * 2))[-3:] == [422, 422, 422]
    assert register(company, categories.list_all)[-1]["name"] == "Twin"
