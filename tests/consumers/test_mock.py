"""`gateway mock`: the real gateway on a register with known contents."""

import os
from pathlib import Path

import httpx
import psutil
import pytest

from gateway.mock import fixture
from gateway.mock.register import EMPTY_KEY, FIXTURE, KEY, OTHER_KEY, PASSWORD, parent_folder
from tests.consumers.conftest import mock

API = {"Authorization": f"Bearer {KEY}"}
V1 = {"X-API-TOKEN": KEY}
CLIENT = {"first_name": "Jane", "last_name": "Doe", "email": "jane@acme.example", "client_company_name": "Acme"}


def session(url: str) -> list[object]:
    """The exchanges of a program that creates, changes, uploads and lists in both dialects."""
    with httpx.Client(base_url=url, timeout=60) as http:
        made = http.post("/api/clients", headers=API, json=CLIENT)
        other = http.post("/api/v1/clients", headers=V1, json={"name": "Other", "contacts": [{"first_name": "A"}]})
        files = {"documents[]": ("note.txt", b"text")}
        upload = http.put(f"/api/v1/clients/{other.json()['data']['id']}/upload", headers=V1, files=files)
        archived = http.post(
            "/api/v1/clients/bulk", headers=V1, json={"action": "archive", "ids": [other.json()["data"]["id"]]}
        )
        lists = [http.get("/api/clients", headers=API), http.get("/api/v1/clients", headers=V1)]
    answers = [made, other, upload, archived, *lists]
    assert {each.status_code for each in answers} <= {200, 201}
    return [(each.json(), each.headers.get("etag")) for each in answers]


def test_ids_times_and_keys_are_the_same_after_a_reset_and_in_every_run(fresh_mock_url):
    first = session(fresh_mock_url)
    assert httpx.post(f"{fresh_mock_url}/_reset", timeout=60).status_code == 204
    assert session(fresh_mock_url) == first
    with mock() as (url, _):
        again = session(url)
    assert _without(again, url) == _without(first, fresh_mock_url)


def _without(answers: list[object], url: str) -> str:
    return repr(answers).replace(url, "")


def test_reads_that_wait_for_it_change_nothing(fresh_mock_url):
    def created() -> dict:
        return httpx.post(f"{fresh_mock_url}/api/clients", headers=API, json=CLIENT, timeout=60).json()

    first = created()
    httpx.post(f"{fresh_mock_url}/_reset", timeout=60)
    for path in ("/healthz", "/readyz", "/api/clients", "/api/v1/clients"):
        httpx.get(fresh_mock_url + path, headers=API | V1, timeout=60)
    assert created() == first


def test_time_goes_on_with_every_change_and_is_otherwise_the_present_of_its_register(fresh_mock_url):
    with httpx.Client(base_url=fresh_mock_url, headers=V1, timeout=60) as http:
        times = [http.post("/api/v1/clients", json={"name": "A"}).json()["data"]["created_at"] for _ in range(3)]
        since = http.get("/api/v1/clients", params={"created_at": times[1]}).json()["data"]
    assert times == [1767225601, 1767225602, 1767225603]
    assert len(since) == 2


def test_a_reset_brings_back_what_was_changed_deleted_and_uploaded(fresh_mock_url):
    with httpx.Client(base_url=fresh_mock_url, headers=V1, timeout=60) as http:
        before = [http.get(path).content for path in ("/api/v1/clients", "/api/v1/documents")]
        document = http.get("/api/v1/documents").json()["data"][0]
        content = http.get(document["url"]).content
        password = {"X-API-PASSWORD": PASSWORD}
        assert http.post("/api/v1/clients/VolejRejNm/purge", headers=password).status_code == 200
        http.post("/api/v1/clients", json={"name": "New"})
        assert http.get(document["url"]).status_code == 404
        assert http.post("/_reset").status_code == 204
        assert [http.get(path).content for path in ("/api/v1/clients", "/api/v1/documents")] == before
        assert http.get(document["url"]).content == content


@pytest.mark.parametrize(("key", "clients"), [(KEY, 11), (OTHER_KEY, 2), (EMPTY_KEY, 0)])
def test_the_mock_has_companies_with_clients_and_one_without(fresh_mock_url, key, clients):
    page = httpx.get(f"{fresh_mock_url}/api/clients", headers={"Authorization": f"Bearer {key}"}, timeout=60)
    assert page.json()["meta"]["total"] == clients


def test_a_reset_is_asked_for_by_post_alone(mock_url):
    answer = httpx.get(f"{mock_url}/_reset", timeout=60)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(("dialect", "answers"), [("api", (200, 404)), ("v1", (404, 200))])
def test_the_mock_of_a_dialect_speaks_that_one_alone(dialect, answers):
    with mock(dialect) as (url, _):
        found = [httpx.get(url + path, headers=API | V1, timeout=60) for path in ("/api/clients", "/api/v1/clients")]
    assert tuple(each.status_code for each in found) == answers


@pytest.mark.parametrize(("dialect", "path"), [("api", "/api/clients"), ("v1", "/api/v1/clients")])
def test_a_dialect_by_itself_writes_while_the_other_one_has_webhooks(dialect, path):
    with mock(dialect) as (url, _):
        shown = httpx.get(url + path, headers=API | V1, timeout=60).json()["data"][0]
        answer = httpx.delete(f"{url}{path}/{shown['id']}", headers=API | V1, timeout=60)
    assert answer.status_code == 200


def test_a_mock_ignores_the_settings_of_the_installation_and_leaves_no_files(tmp_path):
    parent = Path(parent_folder() or os.environ.get("TMPDIR", "/tmp"))
    settings = {
        "GATEWAY_DATABASE_URL": f"sqlite:///{tmp_path}/register.db",
        "GATEWAY_STORAGE_URL": f"{tmp_path}/documents",
        "GATEWAY_HASH_SALT": "salted",
    }
    with mock(environment=settings) as (url, process):
        assert httpx.get(f"{url}/api/v1/clients/VolejRejNm", headers=V1, timeout=60).status_code == 200
        opened = [each.path for each in psutil.Process(process.pid).open_files()]
        folder = next(Path(each).parent for each in opened if each.endswith("register.db"))
        assert folder.parent == parent
        process.terminate()
        assert process.wait(60) == 0
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_mock_answers_within_a_second_of_processor_time():
    """Processor time is measured, because other tests run at the same time."""
    with mock("v1") as (url, process):
        assert httpx.get(f"{url}/api/v1/clients", headers=V1, timeout=60).status_code == 200
        spent = psutil.Process(process.pid).cpu_times()
    assert spent.user + spent.system < 1.5


def test_the_kept_fixture_is_what_this_version_makes():
    """`make docs` updates it after a migration or a change of what a dialect shows."""
    assert fixture.rows_of(FIXTURE.read_bytes()) == fixture.rows_of(fixture.make())
