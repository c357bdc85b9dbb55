"""No input is ignored silently: lists as objects, unknown keys, other forms that client programs send."""

import json

import pytest

from tests.register.arranging import number_of
from tests.wire.encodings import ENCODINGS, NAMED, STRICT

MAX_HEADER = 1024


@pytest.fixture
def client(company):
    return company.new_v1(name="Before", contacts=[{"first_name": "Ann", "email": "ann@inputs.example"}])


# -- lists -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["create", "update"])
@pytest.mark.parametrize(
    ("contacts", "names"),
    [
        ({"first_name": "Jane"}, ["Jane"]),
        ({"0": {"first_name": "Jane"}, "2": {"first_name": "Joe"}}, ["Jane", "Joe"]),
        ({"10": {"first_name": "Joe"}, "9": {"first_name": "Jane"}}, ["Jane", "Joe"]),
        ({}, [""]),
    ],
)
def test_contacts_are_an_array_an_object_with_numbers_or_one_contact(company, client, verb, contacts, names):
    url, send = ("/clients", company.v1.post) if verb == "create" else (f"/clients/{client['id']}", company.v1.put)
    answer = send(url, json={"contacts": contacts})
    assert answer.status_code == 200, answer.text
    assert [each["first_name"] for each in answer.json()["data"]["contacts"]] == names


@pytest.mark.parametrize("tags", [["a", "b"], {"0": "a", "2": "b"}, {"5": "b", "3": "a"}])
def test_tags_may_be_an_object_with_numbers(company, client, tags):
    url = f"/clients/{number_of(client)}/tags"
    assert company.api.put(url, json={"tags": tags}).json()["data"]["tags"] == ["a", "b"]
    fields = NAMED | {"email": "t@tags.example", "client_company_name": "T"}
    assert company.api.post("/clients", json=fields | {"tags": tags}).json()["data"]["tags"] == ["a", "b"]


def test_an_object_with_names_is_not_a_list_of_tags(company, client):
    answer = company.api.put(f"/clients/{number_of(client)}/tags", json={"tags": {"a": "b"}})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["tags"])


def test_numeric_keys_of_settings_stay_keys(company, client):
    settings = company.v1.put(f"/clients/{client['id']}", json={"settings": {"map": {"0": "a"}}}).json()["data"]
    assert settings["settings"]["map"] == {"0": "a"}


# -- keys without a meaning --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "ignored"),
    [
        ({"foo": 1, "name": "x"}, "foo"),
        ({"contacts": [{"first_name": "A"}, {"foo": 1, "bar": {"x": 1}}]}, "contacts[1][foo], contacts[1][bar]"),
        ({"contacts": {"foo": 1}}, "contacts[0][foo]"),
        ({"_method": "PUT"}, "_method"),
        ({"größe": 1}, "gr%C3%B6%C3%9Fe"),
        ({"x" * 300: 1}, "x" * 100 + "..."),
    ],
)
def test_unknown_keys_are_reported_and_refused_if_strict(company, client, body, ignored):
    for send, url in ((company.v1.put, f"/clients/{client['id']}"), (company.v1.post, "/clients")):
        answer = send(url, json=body)
        assert (answer.status_code, answer.headers["x-ignored-body"]) == (200, ignored)
        assert "x-ignored-query" not in answer.headers
    before = company.v1_view(client["id"])
    strict = company.v1.put(f"/clients/{client['id']}", json={"name": "Strict"} | body, headers=STRICT)
    assert (strict.status_code, len(strict.json()["errors"])) == (422, ignored.count(",") + 1)
    assert company.v1_view(client["id"]) == before


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_unknown_keys_are_reported_in_every_encoding_and_both_dialects(company, client, encoding):
    body = ENCODINGS[encoding]({"client_company_name": "Acme", "phone": "lost", "colour": "red"})
    older = company.api.patch(f"/clients/{number_of(client)}", **body)
    assert (older.status_code, older.headers["x-ignored-body"]) == (200, "phone, colour")
    newer = company.v1.put(f"/clients/{client['id']}", **ENCODINGS[encoding]({"name": "Acme", "colour": "red"}))
    assert (newer.status_code, newer.headers["x-ignored-body"]) == (200, "colour")


def test_a_documented_other_key_is_reported_only_if_it_is_not_used(company, client):
    body = {"title": "T", "text": "x", "client_id": number_of(client), "visibility": "private"}
    made = company.api.post("/notes", json=body, headers=STRICT)
    assert made.status_code == 201, made.text
    assert "x-ignored-body" not in made.headers
    both = company.api.patch(f"/notes/{made.json()['data']['id']}", json={"note_title": "U", "title": "V"})
    assert (both.json()["data"]["title"], both.headers["x-ignored-body"]) == ("U", "title")


def test_unused_files_are_reported(company, client):
    file = ("a.txt", b"bytes")
    made = company.v1.post("/clients", files={"documents[]": file}, data={"name": "x"})
    uploaded = company.v1.put(f"/clients/{client['id']}/upload", files={"documents[]": file, "photo": file})
    assert (made.headers["x-ignored-body"], uploaded.headers["x-ignored-body"]) == ("documents", "photo")


def test_an_operation_without_a_body_reports_all_keys_of_a_body(company, client):
    answer = company.v1.post(f"/clients/{client['id']}/documents", json={"foo": 1, "bar": 2})
    assert (answer.status_code, answer.headers["x-ignored-body"]) == (200, "foo, bar")


def test_many_unknown_keys_are_cut_to_a_kilobyte_and_twenty_errors(company, client):
    url, body = f"/clients/{client['id']}", {"contacts": [{f"k{n}": n for n in range(5000)}]}
    named = company.v1.put(url, json=body).headers["x-ignored-body"]
    assert len(named) <= MAX_HEADER
    assert len(named.split(" and ")[0].split(", ")) + int(named.split(" and ")[1].split()[0]) == 5000
    errors = company.v1.put(url, json=body, headers=STRICT).json()["errors"]
    assert (len(errors), errors["body"]) == (21, ["4980 more fields are not known."])
    assert errors["contacts.0.k0"] == ["The contacts.0.k0 field is not known."]


def test_what_v1_shows_can_be_sent_back_as_a_whole(company, client):
    company.v1.put(f"/clients/{client['id']}/upload", files={"documents[]": ("a.txt", b"bytes")})
    token = company.v1.post("/client_gateway_tokens", json={"client_id": client["id"], "token": "t"}).json()["data"]
    group = company.v1.post("/group_settings", json={"name": "Group"}).json()["data"]
    shown = company.v1.get(f"/clients/{client['id']}?include=activities,ledger,group_settings").json()["data"]
    document = company.v1.get(f"/documents/{shown['documents'][0]['id']}").json()["data"]
    hook = {"event_id": "45", "target_url": "https://hooks.example/a", "headers": {"X-A": "1"}}
    webhook = company.v1.post("/webhooks", json=hook).json()["data"]
    records = {
        "webhooks": webhook,
        "clients": shown,
        "client_gateway_tokens": token,
        "group_settings": group,
        "documents": document,
    }
    for name, record in records.items():
        for send in (company.v1.put, company.v1.patch):
            answer = send(f"/{name}/{record['id']}", json=record, headers=STRICT)
            assert answer.status_code == 200, (name, answer.text)
            assert "x-ignored-body" not in answer.headers


# -- other forms that client programs send -----------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_patch_is_an_update(company, client, encoding):
    answer = company.v1.patch(f"/clients/{client['id']}", **ENCODINGS[encoding]({"name": "Patched"}))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["data"]["name"], answer.json()["data"]["contacts"]) == ("Patched", client["contacts"])


@pytest.mark.parametrize("given", ["-7", -7, 12, "new_1", "", None, "00000000-0000-0000-0000-000000000000"])
@pytest.mark.parametrize("verb", ["create", "put", "patch"])
def test_a_temporary_id_creates_a_new_contact(company, client, verb, given):
    sent = {"contacts": [{"id": given, "first_name": "New"}, *client["contacts"]]}
    if verb == "create":
        answer = company.v1.post("/clients", json=sent)
    else:
        answer = company.v1.request(verb.upper(), f"/clients/{client['id']}", json=sent)
    assert answer.status_code == 200, answer.text
    shown = {each["first_name"]: each["id"] for each in answer.json()["data"]["contacts"]}
    assert set(shown) == {"Ann", "New"}
    assert shown["New"] != given
    assert (shown["Ann"] == client["contacts"][0]["id"]) == (verb != "create")


def test_an_id_of_another_clients_contact_is_refused(company, client):
    other = company.new_v1(name="Other")["contacts"][0]["id"]
    answer = company.v1.put(f"/clients/{client['id']}", json={"contacts": [{"id": other}]})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["contacts.0.id"])


@pytest.mark.parametrize("given", [True, [], {"a": 1}])
def test_an_id_that_is_neither_text_nor_a_number_is_refused(company, client, given):
    answer = company.v1.put(f"/clients/{client['id']}", json={"contacts": [{"id": given}]})
    assert answer.status_code == 422


@pytest.mark.parametrize("length", [1, 5, 10, 300])
def test_a_password_of_asterisks_changes_nothing(company, client, length):
    url, contact = f"/clients/{client['id']}", client["contacts"][0]
    before = company.v1.put(url, json={"contacts": [contact | {"password": "Secret123"}]}).json()["data"]
    after = company.v1.put(url, json={"contacts": [contact | {"password": "*" * length}]})
    assert (after.status_code, after.json()["data"]) == (200, before)
    new = company.v1.post("/clients", json={"contacts": [{"password": "*" * length}]})
    assert new.json()["data"]["contacts"][0]["password"] == ""


@pytest.mark.parametrize(("text", "meta"), [('{"brand": "visa"}', {"brand": "visa"}), ("[]", {}), ("{}", {}), ("", {})])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_meta_may_be_json_in_text(company, client, encoding, text, meta):
    fields = {"client_id": client["id"], "token": "t", "meta": text}
    answer = company.v1.post("/client_gateway_tokens", **ENCODINGS[encoding](fields))
    assert (answer.status_code, answer.json()["data"]["meta"]) == (200, meta)


@pytest.mark.parametrize("text", ["visa", "{", "[1]", '"x"', "null", "7", "[" * 100, json.dumps({"a": "b" * 70_000})])
def test_meta_in_other_text_is_refused(company, client, text):
    answer = company.v1.post("/client_gateway_tokens", json={"client_id": client["id"], "token": "t", "meta": text})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["meta"])


def test_settings_may_be_json_in_text(company, client):
    answer = company.v1.put(f"/clients/{client['id']}", data={"settings": '{"currency_id": "2"}'})
    assert answer.json()["data"]["settings"]["currency_id"] == "2"
