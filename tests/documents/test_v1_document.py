"""Every request of /api/v1's document, and every key and type of its response examples."""

import json

import pytest

from dialects.v1.example_records import CLIENT, CONTACT, DOCUMENT
from dialects.v1.examples import LIST
from tests.documents.shapes import differences

JSON = {"Content-Type": "application/json"}
SETTINGS = frozenset({"$.settings", "$[0].settings"})
BODY = '{"name":"Client Name","contacts":[{"first_name":"helly","email":"email@example.com"}]}'
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82"
)
EXAMPLE = CLIENT | {"settings": {"entity": "", "currency_id": ""}}


def test_the_ids_of_the_document_decode(hashed):
    assert hashed.decode("VolejRejNm") == (1,)
    assert all(hashed.decode(text) for text in ("wMvbmEAbYA", "OpnelpJeKB", "q9wdL84djP", "YQdJqg9bOG", "Wpmbk5ezJn"))


def test_listing_clients_answers_the_documented_shape(company):
    company.new_v1(name="O'Reilly-Metz", contacts=[{"email": "a@b.example"}, {"email": "c@d.example"}])
    answer = company.v1.get("/clients")
    assert answer.status_code == 200
    assert list(answer.json()) == ["data", "meta"]
    assert differences(answer.json()["data"], [EXAMPLE], free=SETTINGS) == []
    assert differences(answer.json()["meta"], LIST["meta"]) == []
    assert answer.json()["meta"]["pagination"]["links"] == []


def test_creating_a_client_answers_the_documented_shape(company):
    answer = company.v1.post("/clients", content=BODY, headers=JSON)
    assert answer.status_code == 200
    assert list(answer.json()) == ["data"]
    made = answer.json()["data"]
    assert differences(made, EXAMPLE, free=SETTINGS) == []
    assert (made["name"], made["number"], made["settings"]["entity"]) == ("Client Name", "0001", "App\\Models\\Client")
    assert differences(made["contacts"], [CONTACT]) == []
    assert (made["contacts"][0]["first_name"], made["contacts"][0]["is_primary"]) == ("helly", True)
    assert made["contacts"][0]["link"].endswith(f"/client/key_login/{made['contacts'][0]['contact_key']}")


def test_updating_a_client_answers_the_documented_shape(company):
    made = company.new_v1(name="Before")
    answer = company.v1.put(f"/clients/{made['id']}", content=BODY, headers=JSON)
    assert (answer.status_code, answer.json()["data"]["name"]) == (200, "Client Name")
    assert differences(answer.json()["data"], EXAMPLE, free=SETTINGS) == []


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_uploading_documents_answers_the_documented_shape(company, method):
    made = company.new_v1()
    answer = company.v1.request(
        method,
        f"/clients/{made['id']}/upload",
        data={"_method": "PUT"},
        files=[("documents[]", ("filename.png", PNG, "image/png"))],
    )
    assert answer.status_code == 200, answer.text
    (document,) = answer.json()["data"]["documents"]
    assert differences(document, DOCUMENT) == []
    assert (document["name"], document["type"], document["size"]) == ("filename.png", "png", len(PNG))
    assert (document["width"], document["height"]) == (1, 1)
    downloaded = company.v1.get(document["url"])
    assert (downloaded.status_code, downloaded.content) == (200, PNG)


def test_deleting_a_client_answers_the_documented_shape(company):
    made = company.new_v1(name="Going")
    answer = company.v1.delete(f"/clients/{made['id']}")
    assert (answer.status_code, answer.json()["data"]["is_deleted"]) == (200, True)
    assert differences(answer.json()["data"], EXAMPLE, free=SETTINGS) == []


def test_a_delete_without_an_id_is_a_405(company):
    answer = company.v1.delete("/clients")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST, HEAD, OPTIONS")


@pytest.mark.parametrize("action", ["archive", "restore", "delete"])
def test_each_bulk_action_answers_the_documented_shape(company, action):
    ids = [company.new_v1(name=name)["id"] for name in ("One", "Two")]
    company.v1.delete(f"/clients/{ids[0]}")
    answer = company.v1.post("/clients/bulk", content=json.dumps({"action": action, "ids": ids}), headers=JSON)
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert [client["id"] for client in data] == ids
    assert differences(data, [EXAMPLE], free=frozenset({"$[0].settings", "$[1].settings"})) == []
    assert differences(answer.json()["meta"], LIST["meta"]) == []
    shown = [(client["archived_at"] > 0, client["is_deleted"]) for client in data]
    assert (
        shown
        == {
            "archive": [(True, True), (True, False)],
            "restore": [(False, False), (False, False)],
            "delete": [(False, True), (False, True)],
        }[action]
    )


def test_a_purge_removes_the_client_and_answers_success(company):
    made = company.new_v1()
    answer = company.v1.post(f"/clients/{made['id']}/purge", headers=company.with_password)
    assert (answer.status_code, answer.json()) == (200, {"data": {"message": "Success"}})
    assert company.v1.get(f"/clients/{made['id']}").status_code == 404


def test_a_merge_answers_the_survivor_and_removes_the_other_client(company):
    receiver, merged = company.new_v1(name="Client Name"), company.new_v1(name="Other")
    answer = company.v1.post(f"/clients/{receiver['id']}/{merged['id']}/merge", headers=company.with_password)
    assert (answer.status_code, answer.json()["data"]["id"]) == (200, receiver["id"])
    assert differences(answer.json()["data"], EXAMPLE, free=SETTINGS) == []
    assert company.v1.get(f"/clients/{merged['id']}").status_code == 404


TEXTS = (
    *("name", "number", "id_number", "vat_number", "website", "phone", "private_notes", "public_notes"),
    *("address1", "address2", "city", "state", "postal_code"),
    *("shipping_address1", "shipping_address2", "shipping_city", "shipping_state", "shipping_postal_code"),
    *("custom_value1", "custom_value2", "custom_value3", "custom_value4"),
)
PARAMETERS = {name: (f"a {name}", f"a {name}") for name in TEXTS} | {
    "industry_id": (3, "3"),
    "size_id": (2, "2"),
    "country_id": ("840", "840"),
    "shipping_country_id": (8, "8"),
    "settings": ({"currency_id": "2", "invoice_terms": "Net"}, None),
}
CONTACT_PARAMETERS = {
    "first_name": "Jewell",
    "last_name": "McClure",
    "email": "user@example.com",
    "phone": "276-345-6722",
    "custom_value1": "one",
    "custom_value2": "two",
    "custom_value3": "three",
    "custom_value4": "four",
    "send_email": False,
}


@pytest.mark.parametrize("verb", ["create", "update"])
@pytest.mark.parametrize(("key", "sent", "shown"), [(key, *row) for key, row in PARAMETERS.items()])
def test_every_parameter_of_the_document_is_kept(company, verb, key, sent, shown):
    made = company.new_v1(**({key: sent} if verb == "create" else {}))
    if verb == "update":
        assert company.v1.put(f"/clients/{made['id']}", json={key: sent}).status_code == 200
    seen = company.v1_view(made["id"])[key]
    assert seen == (shown if shown is not None else {"entity": "App\\Models\\Client"} | sent)


@pytest.mark.parametrize("verb", ["create", "update"])
def test_every_contact_parameter_of_the_document_is_kept(company, verb):
    made = company.new_v1(**({"contacts": [CONTACT_PARAMETERS]} if verb == "create" else {}))
    if verb == "update":
        company.v1.put(f"/clients/{made['id']}", json={"contacts": [CONTACT_PARAMETERS]})
    (contact,) = company.v1_view(made["id"])["contacts"]
    assert {key: contact[key] for key in CONTACT_PARAMETERS} == CONTACT_PARAMETERS
