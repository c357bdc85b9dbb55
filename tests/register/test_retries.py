"""`Idempotency-Key`: a request sent again is answered again and done once, in both dialects."""

import pytest
from sqlalchemy import text

from core.access import companies, idempotency
from core.clients import custom_fields
from tests.drivers import new_company
from tests.register.arranging import eventually, number_of, together
from tests.server import serving

LEGACY = {"first_name": "Jane", "last_name": "Doe", "email": "jane@acme.example"}


def create(company, dialect, key, **more):
    headers = {"Idempotency-Key": key}
    if dialect == "api":
        return company.api.post("/clients", json=LEGACY | more, headers=headers)
    return company.v1.post("/clients", json={"name": "Acme"} | more, headers=headers)


def total(company):
    return company.v1.get("/clients").json()["meta"]["pagination"]["total"]


@pytest.mark.parametrize("dialect", ["api", "v1"])
def test_a_repeated_request_is_done_once(company, dialect):
    first, again = create(company, dialect, "k-1"), create(company, dialect, '"k-1"')
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["etag"] == first.headers["etag"]
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert total(company) == 1
    assert create(company, "v1", "k-2").status_code == 200
    assert total(company) == 2


@pytest.mark.parametrize("dialect", ["api", "v1"])
def test_a_replayed_answer_reports_the_same_ignored_keys(company, dialect):
    http, body = (company.api, LEGACY) if dialect == "api" else (company.v1, {"name": "Acme"})
    more = {"headers": {"Idempotency-Key": "k"}, "params": {"colour": "red"}, "json": body | {"shape": {"round": 1}}}
    first, again = (http.post("/clients", **more) for _ in range(2))
    for answer in (first, again):
        ignored = {name: value for name, value in answer.headers.items() if name.startswith("x-ignored")}
        assert ignored == {"x-ignored-query": "colour", "x-ignored-body": "shape"}
    assert (again.headers["idempotency-replayed"], again.content) == ("true", first.content)
    refused = http.post("/clients", **more | {"headers": {"Idempotency-Key": "new", "Prefer": "handling=strict"}})
    assert refused.status_code == 422


def test_a_replayed_answer_does_not_report_custom_fields_as_ignored(company):
    company.server.database.write_now(
        lambda connection: custom_fields.add(connection, companies.find(connection, company.name), "colour", "", False)
    )
    headers = {"Idempotency-Key": "k"}
    answers = [company.api.post("/clients", json=LEGACY | {"colour": "red"}, headers=headers) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert ["x-ignored-body" in each.headers for each in answers] == [False, False]


@pytest.mark.parametrize("dialect", ["api", "v1"])
def test_a_key_used_for_another_request_is_refused(company, dialect):
    made = create(company, dialect, "k-1").json()["data"]
    client_id, headers = number_of(made) if dialect == "v1" else made["id"], {"Idempotency-Key": "k-1"}
    others = [
        create(company, dialect, "k-1", website="https://other.example"),
        company.api.put(f"/clients/{client_id}/tags", json={"tags": []}, headers=headers),
    ]
    for answer in others:
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["Idempotency-Key"])
    assert total(company) == 1


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "two words", "naïve"])
def test_an_invalid_idempotency_key_is_refused(company, key):
    answer = company.v1.post("/clients", json={}, headers={"Idempotency-Key": key.encode("latin-1")})
    assert (answer.status_code, answer.json()["errors"]) == (400, {})
    assert total(company) == 0


def test_idempotency_keys_are_separate_for_each_api_key(company, other_company):
    create(company, "v1", "k-1")
    assert create(other_company, "v1", "k-1", name="Other").json()["data"]["name"] == "Other"


def test_a_failure_releases_the_key(company):
    assert create(company, "api", "k-1", client_categoryid=999_999).status_code == 422
    assert create(company, "api", "k-1").status_code == 201


def test_uploads_and_updates_are_done_once(company):
    made = company.new_v1()
    path, headers = f"/clients/{made['id']}", {"Idempotency-Key": "up"}
    answers = [company.v1.put(f"{path}/upload", files={"file": ("a.txt", b"a")}, headers=headers) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert len(company.v1_view(made["id"])["documents"]) == 1
    other_bytes = company.v1.put(f"{path}/upload", files={"file": ("a.txt", b"b")}, headers=headers)
    assert other_bytes.status_code == 422
    for name, key in (("One", "u-1"), ("Two", "u-2"), ("One", "u-1")):
        company.v1.put(path, json={"name": name}, headers={"Idempotency-Key": key})
    assert company.v1_view(made["id"])["name"] == "Two"


def test_one_of_concurrent_repeats_is_done_and_the_others_get_its_answer_or_a_409(company):
    answers = together([lambda: create(company, "api", "twin")] * 8)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    for answer in answers:
        assert answer.status_code == 201 or int(answer.headers["retry-after"]) >= 1
    assert total(company) == 1


def test_a_kept_answer_survives_a_restart_and_expires_after_a_day(engine, new_register, tmp_path):
    url = new_register(engine)
    with serving(url, tmp_path) as server:
        company = new_company(server)
        first = create(company, "v1", "k-1")
        company.close()
    with serving(url, tmp_path) as server:
        company = type(company)(server, company.key, company.name)
        assert create(company, "v1", "k-1").content == first.content
        later = {"day": idempotency.RETENTION}
        server.database.write_now(
            lambda connection: connection.execute(
                text("UPDATE idempotency_keys SET started_at = started_at - :day"), later
            )
        )
        assert eventually(lambda: _keys(server) == 0)
        assert create(company, "v1", "k-1").json()["data"]["id"] != first.json()["data"]["id"]
        company.close()


def test_a_key_reserved_by_a_dead_process_is_released_when_its_lease_expires(company):
    answers = []
    for age, status in ((0, 409), (idempotency.LEASE, 200)):
        create(company, "v1", f"k-{age}")
        company.server.database.write_now(
            lambda connection, age=age: connection.execute(
                text("UPDATE idempotency_keys SET status = 0, started_at = started_at - :age WHERE key = :key"),
                {"age": age, "key": f"k-{age}"},
            )
        )
        answers.append((create(company, "v1", f"k-{age}").status_code, status))
    assert all(given == wanted for given, wanted in answers)


def _keys(server):
    return server.database.read_now(
        lambda connection: connection.execute(text("SELECT count(*) FROM idempotency_keys")).scalar()
    )
