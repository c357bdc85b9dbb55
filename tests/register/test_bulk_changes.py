"""Bulk actions of /api/v1 that assign a group or set one field: they change all named clients or none."""

import pytest

from core.clients import categories
from tests.drivers import HASHIDS
from tests.register.arranging import register, together
from tests.register.test_states import REFUSAL


def send(company, ids, **body):
    return company.v1.post("/clients/bulk", json={"ids": ids} | body)


@pytest.fixture
def pair(company):
    return [company.new_v1(name=name, custom_value1="before")["id"] for name in ("One", "Two")]


@pytest.fixture
def group(company):
    return HASHIDS.encode(register(company, categories.add, "Wholesale"))


def test_clients_are_assigned_to_a_group_and_removed_from_it(company, pair, group):
    answer = send(company, pair, action="assign_group", group_settings_id=group)
    assert answer.status_code == 200, answer.text
    assert [(each["id"], each["group_settings_id"]) for each in answer.json()["data"]] == [(id, group) for id in pair]
    shown = [client["category"]["name"] for client in company.api.get("/clients").json()["data"]]
    assert shown == ["Wholesale"] * 2
    out = send(company, pair, action="assign_group", group_settings_id="")
    assert [each["group_settings_id"] for each in out.json()["data"]] == ["", ""]


COLUMNS = {
    "public_notes": ("Seen by them.", "Seen by them."),
    "industry_id": (3, "3"),
    "size_id": ("2", "2"),
    "country_id": (276, "276"),
    **{f"custom_value{n}": (f"value {n}", f"value {n}") for n in range(1, 5)},
}


def test_one_field_is_set_in_all_named_clients(company, pair):
    for column, (sent, shown) in COLUMNS.items():
        before = [company.v1_view(each) for each in pair]
        answer = send(company, pair, action="bulk_update", column=column, new_value=sent)
        assert answer.status_code == 200, answer.text
        for then, now in zip(before, answer.json()["data"], strict=True):
            assert now == then | {column: shown, "updated_at": now["updated_at"]}


def test_a_form_body_means_the_same_as_json(company, pair):
    form = {"action": "bulk_update", "ids[]": pair, "column": "custom_value1", "new_value": ""}
    assert [each["custom_value1"] for each in company.v1.post("/clients/bulk", data=form).json()["data"]] == ["", ""]


LONG = "x" * 256
REFUSED = {
    "an invalid group": ({"action": "assign_group", "group_settings_id": "VolejRejNmx"}, "group_settings_id"),
    "no group": ({"action": "assign_group"}, "group_settings_id"),
    "no column": ({"action": "bulk_update", "new_value": "x"}, "column"),
    "no value": ({"action": "bulk_update", "column": "custom_value1"}, "new_value"),
    "a column that is not for this": ({"action": "bulk_update", "column": "name", "new_value": "x"}, "column"),
    "a value that does not fit": ({"action": "bulk_update", "column": "country_id", "new_value": "x"}, "new_value"),
    "a value that is too long": ({"action": "bulk_update", "column": "custom_value1", "new_value": LONG}, "new_value"),
    "a value of another kind": ({"action": "bulk_update", "column": "custom_value1", "new_value": [1]}, "new_value"),
    "an unknown action": ({"action": "template"}, "action"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_an_invalid_value_is_refused_under_its_own_key(shared, case):
    (body, key), client_id = REFUSED[case], shared.new_v1(custom_value1="before")["id"]
    answer = send(shared, [client_id], **body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [key])
    assert shared.v1_view(client_id)["custom_value1"] == "before"


@pytest.mark.parametrize("body", [{"action": "assign_group", "group_settings_id": ""},
                                  {"action": "bulk_update", "column": "custom_value1", "new_value": "x"}])  # fmt: skip
@pytest.mark.parametrize("other", ["foreign", "unknown", "deleted"])
def test_no_client_is_changed_if_one_cannot_be_changed(company, other_company, pair, body, other):
    third = {"foreign": other_company, "deleted": company}.get(other)
    third_id = third.new_v1(custom_value1="before")["id"] if third else HASHIDS.encode(10**9)
    if other == "deleted":
        company.v1.delete(f"/clients/{third_id}")
    before = [company.v1.get(f"/clients/{each}").content for each in pair]
    answer = send(company, [*pair, third_id], **body)
    expected = (400, REFUSAL) if other == "deleted" else (404, "Record not found")
    assert (answer.status_code, answer.json()["message"]) == expected
    assert [company.v1.get(f"/clients/{each}").content for each in pair] == before
    if third:
        assert third.v1_view(third_id)["custom_value1"] == "before"


def test_a_group_of_another_company_is_unknown(company, other_company, pair):
    theirs = HASHIDS.encode(register(other_company, categories.add, "Theirs"))
    answer = send(company, pair, action="assign_group", group_settings_id=theirs)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["group_settings_id"])


def test_concurrent_bulk_changes_are_serializable(company, pair):
    acts = [
        lambda ids=ids, n=n: send(company, ids, action="bulk_update", column="custom_value2", new_value=str(n))
        for n, ids in enumerate([pair, pair[::-1]] * 3)
    ]
    assert {answer.status_code for answer in together(acts)} == {200}
    assert len({company.v1_view(each)["custom_value2"] for each in pair}) == 1
