"""Nothing of another company can be read, listed, merged, counted or guessed."""

import pytest


@pytest.fixture
def foreign(other_company, hashed):
    made = other_company.new_legacy(client_company_name="Foreign", tags=["x"])
    return {"id": made["id"], "hash": hashed.encode(made["id"]), "owner": made["owner"]["id"], "company": other_company}


def test_every_legacy_operation_answers_as_if_it_were_absent(company, foreign):
    path = f"/clients/{foreign['id']}"
    for method, url, body in [
        ("GET", path, None),
        ("PATCH", path, {"client_company_name": "Mine"}),
        ("DELETE", path, None),
        ("PUT", f"{path}/tags", {"tags": []}),
        ("PUT", f"{path}/status", {"status": "suspended"}),
        ("PUT", f"{path}/owner", {"owner": foreign["owner"]}),
    ]:
        absent = company.api.request(method, url.replace(str(foreign["id"]), "999999"), json=body)
        answer = company.api.request(method, url, json=body)
        assert (answer.status_code, answer.json()) == (404, absent.json()), (method, url)
    untouched = foreign["company"].legacy_view(foreign["id"])
    assert (untouched["company_name"], untouched["status"], untouched["tags"]) == ("Foreign", "active", ["x"])


def test_every_v1_operation_answers_as_if_it_were_absent(company, foreign):
    own, there = company.new_v1()["id"], foreign["hash"]
    for method, url, options in [
        ("GET", f"/clients/{there}", {}),
        ("PUT", f"/clients/{there}", {"json": {"name": "Mine"}}),
        ("DELETE", f"/clients/{there}", {}),
        ("PUT", f"/clients/{there}/upload", {"files": {"file": ("a", b"b")}}),
        ("POST", f"/clients/{there}/purge", {"headers": company.with_password}),
        ("POST", f"/clients/{there}/{own}/merge", {"headers": company.with_password}),
        ("POST", "/clients/bulk", {"json": {"action": "delete", "ids": [own, there]}}),
    ]:
        answer = company.v1.request(method, url, **options)
        assert (answer.status_code, answer.json()) == (404, {"message": "Record not found", "errors": {}}), (
            method,
            url,
        )
    assert foreign["company"].v1_view(there)["is_deleted"] is False
    assert company.v1_view(own)["is_deleted"] is False


def test_no_list_and_no_filter_finds_it(company, foreign):
    assert company.api.get("/clients").json()["meta"]["total"] == 0
    contact = foreign["company"].v1_view(foreign["hash"])["contacts"][0]
    for query in (
        "",
        f"?client_id={foreign['hash']}",
        "?name=Foreign",
        "?filter=Foreign",
        f"?email={contact['email']}",
    ):
        answer = company.v1.get(f"/clients{query}").json()
        assert (answer["data"], answer["meta"]["pagination"]["total"]) == ([], 0), query


def test_ids_of_others_in_a_body_are_refused_like_unknown_ones(company, foreign, hashed):
    own = company.new_legacy()
    category = foreign["company"].legacy_view(foreign["id"])["category"]["id"]
    user = foreign["company"].v1_view(foreign["hash"])["user_id"]
    refused = [
        company.api.post(
            "/clients",
            json={"first_name": "A", "last_name": "B", "email": "a@b.example", "client_categoryid": category},
        ),
        company.api.put(f"/clients/{own['id']}/owner", json={"owner": foreign["owner"]}),
        company.v1.post("/clients", json={"group_settings_id": hashed.encode(category)}),
        company.v1.post("/clients", json={"assigned_user_id": user}),
        company.v1.put(
            f"/clients/{hashed.encode(own['id'])}", json={"contacts": [{"id": hashed.encode(foreign["owner"])}]}
        ),
    ]
    for answer in refused:
        assert answer.status_code == 422, answer.text
    assert company.api.get("/clients").json()["meta"]["total"] == 1


def test_numbers_and_emails_are_each_companys_own(company, other_company):
    for each in (company, other_company):
        made = each.new_v1(number="A-1", id_number="B-1", contacts=[{"email": "same@x.example"}])
        assert made["number"] == "A-1"
        assert each.new_legacy(email="legacy@x.example")["id"] > 0
