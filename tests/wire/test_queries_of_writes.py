"""A write reads its query as well as its body, in both dialects and every encoding, and reports what it ignores."""

from urllib.parse import urlencode

import pytest

from tests.register.arranging import number_of
from tests.wire.encodings import ENCODINGS, NAMED, STRICT


@pytest.fixture
def client(company):
    return company.new_v1(name="Before", contacts=[{"first_name": "Ann", "email": "ann@inputs.example"}])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_query_parameters_of_a_create_are_fields_and_the_body_wins(company, encoding):
    query = urlencode({"name": "From the query", "city": "Oslo", "settings[currency_id]": "2", "phone": "1"})
    answer = company.v1.post(f"/clients/?{query}", **ENCODINGS[encoding]({"phone": "2"}))
    shown = answer.json()["data"]
    assert answer.status_code == 200
    assert (shown["name"], shown["city"], shown["phone"]) == ("From the query", "Oslo", "2")
    assert shown["settings"]["currency_id"] == "2"
    assert not {"x-ignored-query", "x-ignored-body"} & set(answer.headers)


def test_contacts_in_the_body_and_a_name_in_the_query_are_combined(company):
    answer = company.v1.post("/clients/?name=X&city=Y", json={"contacts": {"first_name": "Jane"}})
    shown = answer.json()["data"]
    assert (shown["name"], shown["city"], [c["first_name"] for c in shown["contacts"]]) == ("X", "Y", ["Jane"])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_older_dialect_reads_the_query_of_writes_too(company, encoding):
    query = urlencode([("client_company_name", "Acme"), ("tags[]", "a"), ("tags[]", "b"), ("email", "q@query.example")])
    made = company.api.post(f"/clients?{query}", **ENCODINGS[encoding](NAMED))
    assert made.status_code == 201, made.text
    assert (made.json()["data"]["company_name"], made.json()["data"]["tags"]) == ("Acme", ["a", "b"])


@pytest.mark.parametrize(
    "options", [{}, {"json": {}}, {"content": b"[]", "headers": {"Content-Type": "application/json"}}]
)
def test_a_status_and_tags_can_be_sent_in_the_query_alone(company, client, options):
    url = f"/clients/{number_of(client)}"
    status = company.api.put(f"{url}/status?status=suspended", **options)
    tags = company.api.put(f"{url}/tags?tags[0]=one&tags[2]=two", **options)
    assert (status.json()["data"]["status"], tags.json()["data"]["tags"]) == ("suspended", ["one", "two"])


@pytest.mark.parametrize("ids_in", ["query", "body"])
def test_a_bulk_action_and_its_ids_can_be_sent_in_the_query(company, client, ids_in):
    if ids_in == "body":
        answer = company.v1.post("/clients/bulk?action=archive", json={"ids": {"0": client["id"], "4": client["id"]}})
    else:
        answer = company.v1.post(f"/clients/bulk?ids[0]={client['id']}&action=archive")
    assert answer.status_code == 200, answer.text
    assert [each["archived_at"] > 0 for each in answer.json()["data"]] == [True]


def test_a_delete_ignores_its_query_and_reports_it(company, client):
    answer = company.v1.delete(f"/clients/{client['id']}?foo=1")
    assert (answer.status_code, answer.headers["x-ignored-query"]) == (200, "foo")


@pytest.mark.parametrize(
    ("query", "ignored"),
    [
        ("include=activities&per_page=5", "per_page"),
        ("contacts[0][foo]=1&contacts[0][first_name]=Bo", "contacts[0][foo]"),
        ("columns[0][data]=x&city=Rome", "columns[0][data]"),
        ("a" + "[a]" * 50 + "=1", "a" + "[a]" * 33 + "..."),
        ("id=1&is_deleted=true", None),
    ],
)
def test_unknown_query_parameters_of_a_write_are_reported(company, client, query, ignored):
    answer = company.v1.put(f"/clients/{client['id']}?{query}", json={})
    assert answer.status_code == 200, answer.text
    assert answer.headers.get("x-ignored-query") == ignored
    assert ("activities" in answer.json()["data"]) == ("include" in query)
    strict = company.v1.put(f"/clients/{client['id']}?{query}", json={}, headers=STRICT)
    assert strict.status_code == (422 if ignored else 200)


def test_the_query_may_override_post(company, client):
    answer = company.v1.post(f"/clients/{client['id']}?_method=PUT", json={"name": "After"})
    assert (answer.status_code, answer.json()["data"]["name"]) == (200, "After")
    assert "x-ignored-query" not in answer.headers
    refused = company.v1.post(f"/clients/{client['id']}?_method=GET", json={"name": "After"})
    assert refused.status_code == 405


@pytest.mark.parametrize(("query", "status", "city"), [("city=K%C3%B8ge", 200, "Køge"), ("city=%ff", 400, "")])
def test_the_query_of_a_write_is_utf_8(company, client, query, status, city):
    answer = company.v1.put(f"/clients/{client['id']}?{query}")
    assert answer.status_code == status
    assert company.v1_view(client["id"])["city"] == city


@pytest.mark.parametrize("place", ["form", "query", "nowhere"])
def test_an_upload_is_private_by_default(company, client, place):
    query = "?is_public=1" if place == "query" else ""
    data = {"is_public": "true"} if place == "form" else {}
    answer = company.v1.put(
        f"/clients/{client['id']}/upload{query}", files={"documents[]": ("a.txt", b"bytes")}, data=data
    )
    assert answer.status_code == 200, answer.text
    assert not {"x-ignored-query", "x-ignored-body"} & set(answer.headers)
    document = company.v1.get(f"/documents/{answer.json()['data']['documents'][0]['id']}").json()["data"]
    assert document["is_public"] is (place != "nowhere")
