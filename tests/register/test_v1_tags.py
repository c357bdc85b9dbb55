"""Tags of clients in /api/v1: written by `tags`, shown by `include=tags`, filtered by `tag`, and those of /api."""

import pytest

from tests.register.arranging import number_of


def tags_of(company, client):
    return company.v1.get(f"/clients/{client['id']}", params={"include": "tags"}).json()["data"]["tags"]


SENT = [
    (["vip", "net 30"], ["vip", "net 30"]),
    (["a", "b", "a"], ["a", "b"]),
    ([" padded ", "", None], ["padded"]),
    ([{"id": "VolejRejNm", "name": "vip"}], ["vip"]),
    ([2026], ["2026"]),
    ([], []),
]


@pytest.mark.parametrize("verb", ["create", "update"])
@pytest.mark.parametrize(("sent", "expected"), SENT)
def test_tags_are_replaced_as_a_whole_and_shown_by_both_apis(company, verb, sent, expected):
    made = company.new_v1(tags=sent if verb == "create" else ["before"])
    if verb == "update":
        assert company.v1.put(f"/clients/{made['id']}", json={"tags": sent}).status_code == 200
    assert "tags" not in company.v1_view(made["id"])
    assert tags_of(company, made) == expected == company.legacy_view(number_of(made))["tags"]


@pytest.mark.parametrize("body", [{"name": "Other"}, {"tags": None}, {"contacts": [{"first_name": "A"}]}])
def test_a_write_without_tags_keeps_them(company, body):
    made = company.new_v1(tags=["vip"])
    company.v1.put(f"/clients/{made['id']}", json=body)
    assert tags_of(company, made) == ["vip"]


@pytest.mark.parametrize("sent", [5, [["vip"]], ["x" * 101], [{"id": 1, "name": {}}], [{}], {"a": "b"}])
def test_invalid_tags_are_refused(company, sent):
    answer = company.v1.post("/clients", json={"tags": sent})
    assert (answer.status_code, [key.partition(".")[0] for key in answer.json()["errors"]]) == (422, ["tags"])


def test_a_form_writes_tags_as_php_does(company):
    made = company.new_v1(tags=["before"])
    path = f"/clients/{made['id']}"
    company.v1.put(path, data={"tags[]": ["a", "b"]})
    assert tags_of(company, made) == ["a", "b"]
    company.v1.put(path, data={"tags[]": ""})
    assert tags_of(company, made) == []


def test_the_same_tags_again_change_nothing(company):
    made = company.new_v1(tags=["a", "b"])
    before = company.v1.get(f"/clients/{made['id']}")
    answer = company.v1.put(f"/clients/{made['id']}", json={"tags": ["a", "b"]})
    assert (answer.headers["etag"], answer.json()) == (before.headers["etag"], before.json())


def test_a_list_is_filtered_by_a_tag(company, other_company):
    wanted = [company.new_v1(tags=tags)["id"] for tags in (["vip"], ["new", "vip"])]
    company.new_v1(tags=["vips"])
    company.new_v1()
    other_company.new_v1(tags=["vip"])
    found = company.v1.get("/clients", params={"tag": "vip"}).json()
    assert [each["id"] for each in found["data"]] == wanted
    assert found["meta"]["pagination"]["total"] == 2
    assert company.v1.get("/clients", params={"tag": "none"}).json()["data"] == []


def test_a_merge_unites_tags(company):
    one, other = company.new_v1(tags=["a", "b"]), company.new_v1(tags=["b", "c"])
    path = f"/clients/{one['id']}/{other['id']}/merge"
    merged = company.v1.post(path, params={"include": "tags"}, headers=company.with_password).json()["data"]
    assert merged["tags"] == ["a", "b", "c"]
