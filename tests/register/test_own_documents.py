"""/api/v1/documents: documents by their own ids, with their clients and their bytes."""

import pytest

from dialects.v1.example_records import OWN_DOCUMENT
from tests.documents.shapes import differences
from tests.drivers import HASHIDS
from tests.register.arranging import stored_bytes, together, upload
from tests.register.test_states import REFUSAL

UNKNOWN_ID = HASHIDS.encode(10**9)


@pytest.fixture
def client(company):
    """A client with two documents, as it is shown."""
    made = company.new_v1(name="Acme")
    return upload(company, made["id"], ("a.PDF", b"first"), ("b.txt", b"second")).json()["data"]


def ids(client):
    return [document["id"] for document in client["documents"]]


def delete(company, document_id):
    return company.v1.delete(f"/documents/{document_id}", headers=company.with_password)


def bulk(company, *wanted, action="delete", **options):
    options = {"headers": company.with_password} | options
    return company.v1.post("/documents/bulk", json={"action": action, "ids": list(wanted)}, **options)


def listed(company, query="", path="/documents"):
    answer = company.v1.get(f"{path}{query}").json()
    assert answer["meta"]["pagination"]["count"] == len(answer["data"])
    return [document["name"] for document in answer["data"]]


def test_a_document_has_the_same_keys_as_in_its_client_and_two_more(company, client):
    inside = client["documents"][0]
    answer = company.v1.get(f"/documents/{inside['id']}")
    alone = answer.json()["data"]
    assert alone == inside | {"client_id": client["id"], "is_public": False}
    assert differences(alone, OWN_DOCUMENT) == []
    known = {"If-None-Match": answer.headers["etag"]}
    assert company.v1.get(f"/documents/{inside['id']}", headers=known).status_code == 304


@pytest.mark.parametrize("encoding", ["json", "data"])
def test_a_changed_document_shows_at_once_everywhere(company, client, encoding):
    first, _ = ids(client)
    version = company.v1.get(f"/clients/{client['id']}").headers["etag"]
    body = {encoding: {"name": "../x/Contract.pdf", "is_public": "yes", "size": 1, "client_id": "x"}}
    changed = company.v1.put(f"/documents/{first}", **body).json()["data"]
    assert (changed["name"], changed["is_public"], changed["type"], changed["size"]) == ("Contract.pdf", True, "pdf", 5)
    seen = company.v1.get(f"/clients/{client['id']}")
    assert [document["name"] for document in seen.json()["data"]["documents"]] == ["Contract.pdf", "b.txt"]
    assert seen.headers["etag"] != version
    assert company.v1.get("/clients").json()["data"] == [seen.json()["data"]]
    disposition = company.v1.get(changed["url"]).headers["content-disposition"]
    assert disposition == "attachment; filename=\"Contract.pdf\"; filename*=UTF-8''Contract.pdf"


def test_keys_not_sent_stay_and_an_equal_update_changes_nothing(company, client):
    first, _ = ids(client)
    company.v1.put(f"/documents/{first}", json={"is_public": True})
    seen = company.v1.get(f"/clients/{client['id']}")
    again = company.v1.put(f"/documents/{first}", json={"is_public": True, "name": "a.PDF"}).json()["data"]
    assert (again["name"], again["is_public"]) == ("a.PDF", True)
    assert company.v1.put(f"/documents/{first}").status_code == 200
    assert company.v1.get(f"/clients/{client['id']}").headers["etag"] == seen.headers["etag"]


def test_an_invalid_value_is_refused(company, client):
    for key, value in (("name", ""), ("name", "x" * 256), ("name", []), ("is_public", "perhaps")):
        answer = company.v1.put(f"/documents/{ids(client)[0]}", json={key: value})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [key])


def test_deleting_a_document_deletes_its_bytes_and_no_others(company, client):
    first, second = ids(client)
    version = company.v1.get(f"/clients/{client['id']}").headers["etag"]
    answer = delete(company, first)
    assert (answer.status_code, answer.json()) == (200, {"data": {"message": "Success"}})
    assert stored_bytes(company) == [b"second"]
    seen = company.v1.get(f"/clients/{client['id']}")
    assert (ids(seen.json()["data"]), seen.headers["etag"] != version) == ([second], True)
    for answer in (company.v1.get(f"/documents/{first}"), company.v1.get(f"/documents/{first}/download")):
        assert (answer.status_code, answer.json()) == (404, {"message": "Record not found", "errors": {}})
    assert delete(company, first).status_code == 404


def test_a_bulk_delete_removes_all_documents_or_none(company, client):
    for wrong in (UNKNOWN_ID, "nonsense"):
        assert bulk(company, *ids(client), wrong).status_code == 404
    assert len(stored_bytes(company)) == 2
    assert bulk(company, *ids(client), *ids(client)).json() == {"data": {"message": "Success"}}
    assert (stored_bytes(company), company.v1_view(client["id"])["documents"]) == ([], [])
    for refused in (bulk(company), bulk(company, ids(client)[0], action="archive")):
        assert refused.status_code == 422


@pytest.mark.parametrize("headers", [{}, {"X-API-PASSWORD": "wrong"}])
def test_without_the_password_nothing_is_deleted(company, client, headers):
    path = f"/documents/{ids(client)[0]}"
    form = company.v1.post(path, data={"_method": "DELETE"}, headers=headers)
    for answer in (company.v1.delete(path, headers=headers), bulk(company, *ids(client), headers=headers), form):
        assert (answer.status_code, answer.json()) == (412, {"message": "Invalid Password", "errors": {}})
    assert len(stored_bytes(company)) == 2
    assert company.v1.post(path, data={"_method": "DELETE"}, headers=company.with_password).status_code == 200


def test_the_documents_of_a_deleted_client_are_hidden_with_it_and_cannot_be_changed(company, client):
    first, _ = ids(client)
    company.v1.delete(f"/clients/{client['id']}")
    assert listed(company) == listed(company, f"?client_id={client['id']}") == []
    assert listed(company, path=f"/clients/{client['id']}/documents") == ["a.PDF", "b.txt"]
    assert company.v1.get(f"/documents/{first}").json()["data"]["name"] == "a.PDF"
    changes = [company.v1.put(f"/documents/{first}", json={"name": "x"}), delete(company, first), bulk(company, first)]
    for answer in changes:
        assert (answer.status_code, answer.json()) == (400, {"message": REFUSAL, "errors": {}})
    assert len(stored_bytes(company)) == 2


@pytest.fixture(scope="module")
def three(shared):
    """Three documents of two clients, one of them public."""
    first, second = (shared.new_v1()["id"] for _ in range(2))
    shown = upload(shared, first, ("a.PDF", b"first"), ("b.txt", b"second")).json()["data"]
    upload(shared, second, ("c.txt", b"third"))
    shared.v1.put(f"/documents/{ids(shown)[1]}", json={"is_public": True})
    shared.found = first
    return shared


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["a.PDF", "b.txt", "c.txt"]),
        ("type=txt", ["b.txt", "c.txt"]),
        ("client_id={id}", ["a.PDF", "b.txt"]),
        ("client_id=nonsense", []),
        ("is_public=true", ["b.txt"]),
        ("is_public=0&type=pdf", ["a.PDF"]),
        ("updated_at=1", ["a.PDF", "b.txt", "c.txt"]),
        ("sort=name|desc", ["c.txt", "b.txt", "a.PDF"]),
        ("sort=size", ["a.PDF", "c.txt", "b.txt"]),
        ("per_page=2&page=2", ["c.txt"]),
    ],
)
def test_a_list_of_documents_is_filtered_sorted_and_paged(three, query, found):
    assert listed(three, "?" + query.format(id=three.found)) == found


def test_the_documents_of_one_client_are_listed_by_get_and_by_post(company, client):
    upload(company, company.new_v1()["id"], ("c.txt", b"third"))
    path = f"/clients/{client['id']}/documents"
    shown = company.v1.get(path)
    assert [each["name"] for each in shown.json()["data"]] == ["a.PDF", "b.txt"]
    assert company.v1.post(path).json() == company.v1.post(path, json={"anything": 1}).json() == shown.json()
    page = company.v1.get(f"{path}?per_page=1").json()["meta"]["pagination"]
    assert (page["total"], list(page["links"])) == (2, ["next"])
    assert page["links"]["next"] == f"{company.server.url}/api/v1{path}?per_page=1&page=2"


def test_a_document_that_a_merge_moved_has_another_client(company, client):
    receiver = company.new_v1(name="Receiver")["id"]
    company.v1.post(f"/clients/{receiver}/{client['id']}/merge", headers=company.with_password)
    assert company.v1.get(f"/documents/{ids(client)[0]}").json()["data"]["client_id"] == receiver
    assert delete(company, ids(client)[0]).status_code == 200
    assert ids(company.v1_view(receiver)) == ids(client)[1:]


def test_concurrent_changes_of_documents_leave_no_bytes_without_a_row(company, client):
    first, second = ids(client)
    acts = [
        lambda: delete(company, first),
        lambda: bulk(company, second, first),
        lambda: upload(company, client["id"], ("c.txt", b"third")),
        lambda: company.v1.put(f"/documents/{second}", json={"name": "renamed"}),
        lambda: company.v1.delete(f"/clients/{client['id']}"),
        lambda: company.v1.post(f"/clients/{client['id']}/purge", headers=company.with_password),
    ]
    for purged in (False, True):
        answers = together(acts if purged else acts[:4])
        assert {answer.status_code for answer in answers} <= {200, 400, 404}, [each.text for each in answers]
        left = [] if purged else company.v1_view(client["id"])["documents"]
        assert sorted(map(len, stored_bytes(company))) == sorted(each["size"] for each in left)


def test_a_document_can_be_deleted_while_its_client_is_merged(company, client):
    receiver = company.new_v1()["id"]
    acts = [
        lambda: company.v1.post(f"/clients/{receiver}/{client['id']}/merge", headers=company.with_password),
        lambda: delete(company, ids(client)[0]),
        lambda: company.v1.put(f"/documents/{ids(client)[1]}", json={"is_public": True}),
    ]
    assert [answer.status_code for answer in together(acts)] == [200, 200, 200]
    assert ids(company.v1_view(receiver)) == ids(client)[1:]
    assert company.v1.get(f"/documents/{ids(client)[1]}").json()["data"]["is_public"] is True
