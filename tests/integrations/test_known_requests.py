"""Requests of programs that no package index has, as their released versions are known to send them."""

import base64

import pytest

JSON = {"Content-Type": "application/json"}
# What the vendor's mobile program includes with every client that it reads or writes.
MOBILE = "include=gateway_tokens,activities,ledger,system_logs,documents"


def test_activepieces_makes_a_client_of_query_parameters_and_one_contact(company):
    query = {
        "name": "Acme & Co",
        "private_notes": "",
        "address1": "1 Market St",
        "address2": "",
        "city": "Bern",
        "state": "",
        "postal_code": "3000",
        "vat_number": "CH1",
    }
    person = {"first_name": "Jane", "last_name": "Doe", "phone": "1", "email": "jane@acme.example", "send_email": False}
    headers = {"X-Api-Token": company.key} | JSON
    made = company.v1.post("/clients/", params=query, json={"contacts": person}, headers=headers)
    client = company.v1_view(made.json()["data"]["id"])
    assert {key: client[key] for key in query} == query
    assert [{key: each[key] for key in person} for each in client["contacts"]] == [person]
    assert not any(name.startswith("x-ignored") for name in made.headers)


def test_activepieces_finds_a_client_by_email(company):
    made = company.new_v1(contacts=[{"email": "jane@acme.example"}])
    found = company.v1.get("/clients/?email=jane%40acme.example", headers={"X-Api-Token": company.key}).json()
    assert (found["meta"]["pagination"]["total"], found["data"][0]["id"]) == (1, made["id"])
    nobody = company.v1.get("/clients/?email=joe%40acme.example").json()
    assert nobody["meta"]["pagination"]["total"] == 0


def test_the_mobile_program_reads_writes_and_archives_a_client(company):
    new = {"id": "-1", "name": "Acme", "contacts": [{"id": "-2", "email": "jane@acme.example"}], "documents": []}
    made = company.v1.post(f"/clients?{MOBILE}", json=new).json()["data"]
    assert made["contacts"][0]["email"] == "jane@acme.example"
    read = company.v1.get(f"/clients/{made['id']}?{MOBILE}").json()["data"]
    for relation in ("gateway_tokens", "activities", "ledger", "system_logs", "documents"):
        assert isinstance(made[relation], list), relation
        assert isinstance(read[relation], list), relation
    changed = company.v1.put(f"/clients/{made['id']}?{MOBILE}", json=read | {"city": "Bern"})
    assert (changed.status_code, changed.json()["data"]["city"]) == (200, "Bern")
    acted = {"ids": [made["id"]], "action": "archive"}
    archived = company.v1.post(f"/clients/bulk?per_page=100&{MOBILE}", json=acted).json()
    assert archived["data"][0]["archived_at"] > 0
    assert archived["data"][0]["system_logs"] == []
    assert [each["id"] for each in company.v1.get("/clients?per_page=5000&page=1").json()["data"]] == [made["id"]]


def test_the_mobile_program_uploads_by_a_method_in_lower_case(company):
    client = company.new_v1()["id"]
    file = {"documents[]": ("a.txt", b"bytes")}
    shown = company.v1.post(f"/clients/{client}/upload", data={"_method": "put"}, files=file).json()["data"]
    assert [each["name"] for each in shown["documents"]] == ["a.txt"]


@pytest.mark.parametrize("header", ["X-API-PASSWORD", "X-API-PASSWORD-BASE64"])
def test_the_mobile_program_merges_and_purges_with_a_password(company, header):
    secret = company.password if header == "X-API-PASSWORD" else base64.b64encode(company.password.encode()).decode()
    kept, merged = company.new_v1(name="Kept")["id"], company.new_v1(name="Merged")["id"]
    assert company.v1.post(f"/clients/{kept}/{merged}/merge", headers={header: secret}).json()["data"]["id"] == kept
    assert company.v1.post(f"/clients/{kept}/purge", headers={header: secret}).status_code == 200
    assert company.v1.get(f"/clients/{kept}").status_code == 404
