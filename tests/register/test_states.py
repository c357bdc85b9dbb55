"""The states of a client: suspended means archived, deleted is hidden from /api, restored is back in both."""

import pytest

from tests.drivers import HASHIDS
from tests.register.arranging import UNKNOWN, bulk, number_of, upload
from tests.register.callers import CALLERS, V1

REFUSAL = "Record is deleted and cannot be edited. Restore the record to enable editing"

# Every operation of /api on one client, as it would succeed.
ON_ONE = {
    "show": ("GET", "/clients/{id}", None),
    "update": ("PATCH", "/clients/{id}", {"client_company_name": "Changed"}),
    "tags": ("PUT", "/clients/{id}/tags", {"tags": ["changed"]}),
    "status": ("PUT", "/clients/{id}/status", {"status": "active"}),
    "owner": ("PUT", "/clients/{id}/owner", {"owner": "{owner}"}),
    "delete": ("DELETE", "/clients/{id}", None),
}


def without_times(view):
    return view | {"dates": None}


def test_suspended_in_api_is_archived_in_v1_whichever_sets_it(caller, other_caller):
    client_id = caller.company.new_legacy(client_company_name="Acme")["id"]
    assert caller.suspend(client_id).status_code == 200
    for each in CALLERS.values():
        assert each(caller.company).name_and_state(client_id) == ("Acme", "suspended")
    assert other_caller.activate(client_id).status_code == 200
    for each in CALLERS.values():
        assert each(caller.company).name_and_state(client_id) == ("Acme", "active")


def test_setting_the_present_state_is_not_an_error(caller):
    client_id = caller.company.new_legacy()["id"]
    for act, state in ((caller.activate, "active"), (caller.suspend, "suspended"), (caller.suspend, "suspended")):
        assert act(client_id).status_code == 200
        assert caller.name_and_state(client_id)[1] == state


def test_an_archived_client_is_listed_and_can_be_updated(caller):
    client_id = caller.company.new_legacy()["id"]
    caller.suspend(client_id)
    assert caller.listed() == [client_id]
    assert caller.rename(client_id, "Renamed").status_code == 200
    assert caller.name_and_state(client_id) == ("Renamed", "suspended")


@pytest.fixture
def hidden(company):
    """A soft-deleted client, as /api showed it before."""
    made = company.new_legacy(client_company_name="Hidden", tags=["kept"], client_phone="1")
    upload(company, company.v1_of(made["id"]), ("a.txt", b"a"))
    seen = company.legacy_view(made["id"])
    answer = V1(company).hide(made["id"])
    assert (answer.status_code, answer.json()["data"]["is_deleted"]) == (200, True)
    return seen


@pytest.mark.parametrize("operation", ON_ONE)
def test_a_deleted_client_is_absent_from_every_operation_of_api(company, hidden, operation):
    method, path, body = ON_ONE[operation]
    if operation == "owner":
        body = {"owner": hidden["owner"]["id"]}
    answer = company.api.request(method, path.format(id=hidden["id"]), json=body)
    assert (answer.status_code, list(answer.json())) == (404, ["message"])
    assert bulk(company, "restore", company.v1_of(hidden["id"])).status_code == 200
    assert without_times(company.legacy_view(hidden["id"])) == without_times(hidden)


def test_a_deleted_client_is_listed_only_on_request(company, hidden):
    legacy, v1 = (each(company) for each in CALLERS.values())
    for query in ({}, {"status": "active"}, {"status": "suspended"}, {"search": "Hidden"}):
        assert legacy.listed(**query) == []
    for query in ({}, {"is_deleted": "false"}, {"status": "active,archived"}, {"name": "Hidden"}, {"filter": "hidden"}):
        assert v1.listed(**query) == []
    for query in ({"is_deleted": "true"}, {"status": "deleted"}, {"is_deleted": "true", "name": "Hidden"}):
        assert v1.listed(**query) == [hidden["id"]]
    assert company.v1_view(company.v1_of(hidden["id"]))["is_deleted"] is True


def test_restoring_restores_everything_in_both_dialects(company, hidden):
    (seen,) = bulk(company, "restore", company.v1_of(hidden["id"])).json()["data"]
    assert (seen["is_deleted"], seen["archived_at"], len(seen["documents"])) == (False, 0, 1)
    assert without_times(company.legacy_view(hidden["id"])) == without_times(hidden)
    for each in CALLERS.values():
        assert each(company).listed() == [hidden["id"]]


def test_a_deleted_client_cannot_be_edited(company, hidden):
    hashed_id = company.v1_of(hidden["id"])
    for answer in (
        company.v1.put(f"/clients/{hashed_id}", json={"name": "Changed"}),
        company.v1.put(f"/clients/{hashed_id}", json=company.v1_view(hashed_id)),
        company.v1.put(f"/clients/{hashed_id}", json={}),
        upload(company, hashed_id, ("b.txt", b"b")),
    ):
        assert (answer.status_code, answer.json()) == (400, {"message": REFUSAL, "errors": {}})
    seen = company.v1_view(hashed_id)
    assert (seen["name"], len(seen["documents"])) == ("Hidden", 1)


def test_deleting_twice_is_the_same_as_deleting_once(company, hidden):
    answer = V1(company).hide(hidden["id"])
    assert (answer.status_code, answer.json()["data"]["is_deleted"]) == (200, True)
    assert V1(company).listed(is_deleted="true") == [hidden["id"]]


def test_archiving_a_deleted_client_does_not_restore_it(company, hidden):
    (seen,) = bulk(company, "archive", company.v1_of(hidden["id"])).json()["data"]
    assert seen["is_deleted"] is True
    assert company.api.get(f"/clients/{hidden['id']}").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["active", "archived"]),
        ({"status": "active"}, ["active"]),
        ({"status": "archived"}, ["archived"]),
        ({"status": "deleted"}, ["deleted", "archived and deleted"]),
        ({"status": "active,archived"}, ["active", "archived"]),
        ({"status": "archived,deleted"}, ["archived", "deleted", "archived and deleted"]),
        ({"status": "active,archived,deleted"}, ["active", "archived", "deleted", "archived and deleted"]),
        ({"is_deleted": "false"}, ["active", "archived"]),
        ({"is_deleted": "true"}, ["deleted", "archived and deleted"]),
    ],
)
def test_v1_lists_by_state(company, query, found):
    made = {name: company.new_v1(name=name) for name in ("active", "archived", "deleted", "archived and deleted")}
    bulk(company, "archive", made["archived"]["id"], made["archived and deleted"]["id"])
    bulk(company, "delete", made["deleted"]["id"], made["archived and deleted"]["id"])
    assert V1(company).listed(**query) == [number_of(made[name]) for name in found]


@pytest.mark.parametrize(
    ("action", "states"),
    [("archive", {("suspended", False)}), ("delete", {("active", True)}), ("restore", {("active", False)})],
)
def test_a_bulk_action_answers_the_clients_in_the_requested_order(company, action, states):
    ids = [company.new_v1(name=f"{n}")["id"] for n in range(3)]
    bystander = company.new_v1(name="bystander")
    if action == "restore":
        bulk(company, "archive", *ids)
        bulk(company, "delete", ids[1])
    answer = bulk(company, action, ids[2], ids[0], ids[1], ids[0]).json()
    assert [client["id"] for client in answer["data"]] == [ids[2], ids[0], ids[1]]
    assert answer["meta"]["pagination"]["total"] == 3
    seen = {("suspended" if c["archived_at"] else "active", c["is_deleted"]) for c in answer["data"]}
    assert seen == states
    assert [company.v1_view(each) for each in (ids[2], ids[0], ids[1])] == answer["data"]
    assert company.v1_view(bystander["id"]) == bystander


@pytest.mark.parametrize("action", ["archive", "restore", "delete"])
@pytest.mark.parametrize("stranger", ["unknown", "foreign", "no id at all"])
def test_a_bulk_action_with_an_unknown_id_is_a_404_and_changes_nothing(company, other_company, action, stranger):
    foreign = other_company.new_v1(name="foreign")
    mine = [company.new_v1(name="a")["id"], company.new_v1(name="b")["id"]]
    if action == "restore":
        bulk(company, "delete", *mine)
    before = [company.v1_view(each) for each in mine]
    named = {"unknown": HASHIDS.encode(UNKNOWN), "foreign": foreign["id"], "no id at all": "nonsense"}[stranger]
    answer = bulk(company, action, mine[0], named, mine[1])
    assert (answer.status_code, answer.json()["errors"]) == (404, {})
    assert [company.v1_view(each) for each in mine] == before
    assert other_company.v1_view(foreign["id"]) == foreign


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"action", "ids"}),
        ({"action": "archive"}, {"ids"}),
        ({"action": "archive", "ids": []}, {"ids"}),
        ({"action": "explode", "ids": ["VolejRejNm"]}, {"action"}),
        ({"ids": ["VolejRejNm"]}, {"action"}),
    ],
)
def test_a_bulk_action_without_action_or_ids_is_a_422(shared, body, wrong):
    answer = shared.v1.post("/clients/bulk", json=body)
    assert (answer.status_code, set(answer.json()["errors"])) == (422, wrong)


@pytest.mark.parametrize("status", ["deleted", "archived", "", None, 1])
def test_api_knows_two_statuses(shared, status):
    client_id = shared.new_legacy()["id"]
    answer = shared.api.put(f"/clients/{client_id}/status", json={"status": status})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["status"])
    assert shared.legacy_view(client_id)["status"] == "active"
