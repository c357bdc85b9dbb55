"""/api/notes: notes of the team about clients, which follow their clients."""

import pytest

from tests.register.arranging import UNKNOWN

NEW = {"note_title": "Follow-up call", "note_description": "Discuss the renewal.", "noteresource_type": "client"}


def write(company, client_id, **body):
    answer = company.api.post("/notes", json=NEW | {"noteresource_id": client_id} | body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def titles(company, query=""):
    return [each["title"] for each in company.api.get(f"/notes{query}").json()["data"]]


def test_a_note_has_every_documented_key(company):
    client, member = company.new_legacy()["id"], company.api.get("/team").json()["data"][0]["id"]
    body = NEW | {"noteresource_id": client, "tags": ["sales"]}
    answer = company.api.post("/notes", json=body)
    made = answer.json()["data"]
    assert (answer.status_code, answer.json()["message"]) == (201, "Note created successfully.")
    assert made == {
        "id": made["id"],
        "title": "Follow-up call",
        "description": "Discuss the renewal.",
        "visibility": "public",
        "resource": {"type": "client", "id": client},
        "creator_id": member,
        "tags": ["sales"],
        "dates": {"created": made["dates"]["created"], "updated": made["dates"]["created"]},
    }
    shown = company.api.get(f"/notes/{made['id']}").json()
    assert shown == {"data": made, "message": "Note retrieved successfully."}


def test_a_note_can_be_written_under_the_keys_of_its_answers(company):
    client = company.new_legacy()["id"]
    body = {"title": "Call", "text": "Soon", "resource_type": "client", "resource_id": client}
    made = company.api.post("/notes", data=body).json()["data"]
    assert (made["title"], made["description"], made["resource"]["id"]) == ("Call", "Soon", client)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"note_title", "note_description", "noteresource_id"}),
        (NEW | {"noteresource_id": UNKNOWN}, {"noteresource_id"}),
        (NEW | {"noteresource_id": 1, "noteresource_type": "project"}, {"noteresource_type"}),
        (NEW | {"noteresource_id": 1, "note_visibility": "secret"}, {"note_visibility"}),
    ],
)
def test_errors_of_a_note_are_reported_under_the_keys_sent(company, body, errors):
    answer = company.api.post("/notes", json=body)
    assert (answer.status_code, answer.json()["message"]) == (422, "The given data was invalid.")
    assert set(answer.json()["errors"]) >= errors


def test_an_update_of_a_note_changes_only_the_keys_sent(company):
    made = write(company, company.new_legacy()["id"], tags=["a"])
    path = f"/notes/{made['id']}"
    changed = company.api.patch(path, json={"note_description": "Done."}).json()
    assert changed["message"] == "Note updated successfully."
    assert changed["data"] | {"dates": None} == made | {"description": "Done.", "dates": None}
    assert company.api.patch(path, json={"note_description": "Done."}).json()["data"] == changed["data"]
    tagged = company.api.put(f"{path}/tags", data={"tags[]": ["b", "c", "b"]}).json()
    assert (tagged["message"], tagged["data"]["tags"]) == ("Note tags updated successfully.", ["b", "c"])


def test_a_repeated_tag_of_a_note_counts_once_in_every_write(company):
    client, tags = company.new_legacy()["id"], ["b", " a ", "b", "", "a"]
    body = {"note_title": "N", "note_description": "t", "noteresource_id": client, "tags": tags}
    made = company.api.post("/notes", json=body).json()["data"]
    assert made["tags"] == ["b", "a"]
    path = f"/notes/{made['id']}"
    version = company.api.get(path).headers["ETag"]
    assert company.api.patch(path, json={"tags": tags}).json()["data"]["tags"] == ["b", "a"]
    assert company.api.get(path).headers["ETag"] == version
    assert company.api.put(f"{path}/tags", json={"tags": ["c", *tags, "c"]}).json()["data"]["tags"] == ["c", "b", "a"]


def test_a_deleted_note_is_not_found(company):
    made = write(company, company.new_legacy()["id"])
    path = f"/notes/{made['id']}"
    assert company.api.delete(path).json() == {"data": {"id": made["id"]}, "message": "Note deleted successfully."}
    assert (company.api.get(path).status_code, company.api.get(path).json()) == (404, {"message": "Note not found."})


def test_a_list_of_notes_is_filtered_sorted_and_paged(company):
    one, two = (company.new_legacy()["id"] for _ in range(2))
    write(company, one, note_title="Élan", note_visibility="private")
    write(company, one, note_title="Beta")
    write(company, two, note_title="Gamma", note_description="with élan")
    assert titles(company) == ["Gamma", "Beta", "Élan"]
    assert titles(company, f"?resource_type=client&resource_id={one}") == ["Beta", "Élan"]
    assert titles(company, "?resource_type=project") == []
    assert titles(company, "?visibility=private") == ["Élan"]
    assert titles(company, "?search=éLAN") == ["Gamma", "Élan"]
    assert titles(company, "?sort=note_title&order=asc&limit=2") == ["Beta", "Gamma"]
    assert company.api.get("/notes?limit=2").json()["meta"]["last_page"] == 2
    assert company.api.get("/notes?sort=title").status_code == 422


def test_notes_are_hidden_and_shown_again_with_their_client(company):
    client = company.new_legacy()["id"]
    made = write(company, client)
    company.v1.delete(f"/clients/{company.v1_of(client)}")
    assert (titles(company), company.api.get(f"/notes/{made['id']}").status_code) == ([], 404)
    assert company.api.patch(f"/notes/{made['id']}", json={"note_title": "X"}).status_code == 404
    assert company.api.delete(f"/notes/{made['id']}").status_code == 404
    company.v1.post("/clients/bulk", json={"action": "restore", "ids": [company.v1_of(client)]})
    assert titles(company) == ["Follow-up call"]


@pytest.mark.parametrize("by", ["api", "v1"])
def test_notes_are_erased_with_their_client(company, by):
    client = company.new_legacy()["id"]
    made = write(company, client)
    if by == "api":
        company.api.delete(f"/clients/{client}")
    else:
        company.v1.post(f"/clients/{company.v1_of(client)}/purge", headers=company.with_password)
    assert (titles(company), company.api.get(f"/notes/{made['id']}").status_code) == ([], 404)


def test_notes_survive_a_merge(company):
    receiver, merged = (company.new_legacy()["id"] for _ in range(2))
    made = write(company, merged)
    path = f"/clients/{company.v1_of(receiver)}/{company.v1_of(merged)}/merge"
    assert company.v1.post(path, headers=company.with_password).status_code == 200
    assert company.api.get(f"/notes/{made['id']}").json()["data"]["resource"]["id"] == receiver


def test_a_note_does_not_change_its_client(company):
    client = company.new_legacy()["id"]
    before = company.api.get(f"/clients/{client}").headers["etag"]
    write(company, client)
    assert company.api.get(f"/clients/{client}").headers["etag"] == before
