"""The change feed of both dialects: what it shows of each change, in the order of commits."""

import pytest

from tests.drivers import Company
from tests.register.arranging import bulk, number_of
from tests.register.changes import DIALECTS, all_changes_after, changes_after, feed, http_of, latest, number
from tests.register.test_key_scopes import key_of


def changes_of_every_kind(company: Company) -> tuple[int, int, int]:
    """Three clients: one is purged, one is merged into the third. Return their ids."""
    one, two, three = (company.new_v1(name=name) for name in ("One", "Two", "Three"))
    company.v1.put(f"/clients/{one['id']}", json={"name": "First"})
    bulk(company, "archive", one["id"])
    bulk(company, "restore", one["id"])
    company.v1.delete(f"/clients/{one['id']}")
    bulk(company, "restore", one["id"])
    company.v1.post(f"/clients/{one['id']}/purge", headers=company.with_password)
    company.v1.post(f"/clients/{three['id']}/{two['id']}/merge", headers=company.with_password)
    return number_of(one), number_of(two), number_of(three)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_every_kind_of_change_is_in_the_feed_in_order(company, dialect, limit):
    after = latest(company)
    one, two, three = changes_of_every_kind(company)
    assert all_changes_after(company, dialect, after, limit) == [
        ("created", one),
        ("created", two),
        ("created", three),
        ("updated", one),
        ("archived", one),
        ("restored", one),
        ("deleted", one),
        ("restored", one),
        ("purged", one),
        ("merged", two),
        ("updated", three),
    ]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_merge_names_the_survivor_and_only_a_merge_does(company, dialect):
    _one, two, three = changes_of_every_kind(company)
    named = {each["type"]: number(dialect, each["merged_into"]) for each in feed(company, dialect)["data"]}
    assert named.pop("merged") == three
    assert set(named.values()) == {0}
    assert two != three


def test_the_envelope_and_the_formats_are_those_of_the_dialect(company):
    company.new_v1(name="Acme")
    legacy, v1 = feed(company, "api"), feed(company, "v1")
    assert (list(legacy), list(v1)) == (["data", "meta", "message"], ["data", "meta"])
    assert legacy["message"] == "Changes retrieved successfully."
    assert legacy["data"][0]["merged_into"] is None
    assert v1["data"][0]["merged_into"] == ""
    assert isinstance(v1["data"][0]["timestamp"], int)
    assert legacy["data"][0]["timestamp"].endswith("Z")
    assert {key for each in (legacy, v1) for key in each["meta"]} == {"next_cursor", "has_more"}
    assert [each["cursor"] for each in v1["data"]] == [v1["meta"]["next_cursor"]] == [legacy["meta"]["next_cursor"]]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_change_can_include_its_client_if_it_exists(company, dialect):
    gone, there = company.new_legacy(), company.new_legacy()
    company.api.delete(f"/clients/{gone['id']}")
    entries = feed(company, dialect, include="record")["data"]
    assert [each["type"] for each in entries] == ["created", "created", "purged"]
    shown = {number(dialect, each["id"]): each.get("record") for each in entries}
    own = company.legacy_view(there["id"]) if dialect == "api" else company.v1_view(company.v1_of(there["id"]))
    assert shown == {gone["id"]: None, there["id"]: own}
    assert not any("record" in each for each in feed(company, dialect)["data"])


def test_records_are_in_the_edition_of_the_key(company):
    company.new_v1(name="Acme", classification="company")
    newer = Company(company.server, key_of(company, edition="2026"), company.name)
    (entry,) = feed(newer, include="record")["data"]
    assert entry["record"]["classification"] == "company"
    assert "classification" not in feed(company, include="record")["data"][0]["record"]
    newer.close()


def test_the_feed_of_a_dialect_leaves_out_clients_that_it_hides(company):
    made = company.new_v1(name="Acme")
    company.v1.delete(f"/clients/{made['id']}")
    after = latest(company)
    bulk(company, "archive", made["id"])
    company.v1.post(f"/clients/{made['id']}/purge", headers=company.with_password)
    other = company.new_v1(name="Other")
    assert changes_after(company, "v1", after) == [
        ("updated", number_of(made)),
        ("purged", number_of(made)),
        ("created", number_of(other)),
    ]
    assert changes_after(company, "api", after) == [("created", number_of(other))]


def test_a_write_that_changes_nothing_is_not_in_the_feed(company):
    made = company.new_v1(name="Acme")
    after = latest(company)
    company.v1.put(f"/clients/{made['id']}", json={"name": "Acme"})
    bulk(company, "restore", made["id"])
    assert changes_after(company, after=after) == []


def test_clients_that_move_with_their_category_are_in_the_feed(company):
    category, other = (
        company.api.post("/categories", json={"category_name": name}).json()["data"]["id"] for name in ("A", "B")
    )
    ids = [company.new_legacy(client_categoryid=category)["id"] for _ in range(3)]
    company.v1.delete(f"/clients/{company.v1_of(ids[1])}")
    after = latest(company)
    company.api.put(f"/categories/{category}/migrate", json={"target_id": other})
    assert changes_after(company, "v1", after) == [("updated", each) for each in ids]
    assert changes_after(company, "api", after) == [("updated", each) for each in (ids[0], ids[2])]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("query", "key"),
    [
        ({"after": "nonsense"}, "after"),
        ({"after": "A" * 22 + "="}, "after"),
        ({"after": "_" * 22}, "after"),
        ({"limit": "0"}, "limit"),
        ({"wait": "-1"}, "wait"),
        ({"wait": "soon"}, "wait"),
    ],
)
def test_invalid_parameters_are_refused(company, dialect, query, key):
    answer = http_of(company, dialect).get("/changes", params=query)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [key])


def test_an_unknown_include_is_refused(company):
    assert company.v1.get("/changes", params={"include": "contacts"}).status_code == 400


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_change_of_another_company_is_shown_and_its_cursors_are_refused(company, other_company, dialect):
    other_company.new_v1(name="Foreign")
    assert changes_after(company, dialect) == []
    cursor = latest(other_company)
    answer = http_of(company, dialect).get("/changes", params={"after": cursor})
    assert answer.status_code == 410
    assert answer.json()["message"].startswith("The changes after this cursor are no longer stored")
