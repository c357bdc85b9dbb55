"""`gateway contract --consumer` with HARs: recorded sessions are replayed and compared."""

import json

import pytest

from gateway.mock.register import KEY, PASSWORD
from tests.consumers.archive import Recorder
from tests.consumers.conftest import verified

NEW = {"first_name": "Ann", "last_name": "Lee", "email": "ann@lee.example", "client_company_name": "Lee"}


@pytest.fixture
def recorder(fresh_mock_url) -> Recorder:
    """The recorded session of a program that reads, creates, changes and is refused."""
    recorder = Recorder()
    with recorder.client(fresh_mock_url, Authorization=f"Bearer {KEY}", **{"X-API-TOKEN": KEY}) as http:
        made = http.post("/api/clients", json=NEW).json()["data"]
        http.get(f"/api/clients/{made['id']}")
        http.patch(f"/api/clients/{made['id']}", data=NEW | {"website": "https://lee.example"})
        http.get("/api/v1/clients", params={"per_page": 5, "include": "activities"})
        client_id = http.post("/api/v1/clients", json={"name": "Other"}).json()["data"]["id"]
        http.put(f"/api/v1/clients/{client_id}", json={"name": "Another"})
        http.post(f"/api/v1/clients/{client_id}/purge", headers={"X-API-PASSWORD": PASSWORD})
        http.get(f"/api/v1/clients/{client_id}")
        http.get("/api/clients", headers={"Authorization": "Bearer unknown"})
    return recorder


def test_a_recorded_session_is_answered_as_recorded(folder, recorder):
    result = verified(folder, recorder.archive)
    assert (result.exit_code, result.stderr) == (0, "expectations.json: 9 met\n"), result.stdout


def test_a_session_of_another_register_uses_the_fixtures(folder, recorder):
    """The ids of a deployment are not those of the fixtures."""
    here = json.loads(recorder.archive["log"]["entries"][0]["response"]["content"]["text"])["data"]["id"]
    text = json.dumps(recorder.archive).replace(f"/clients/{here}", "/clients/7013")
    archive = json.loads(text.replace(f'\\"id\\":{here},', '\\"id\\":7013,'))
    archive["log"]["entries"] = archive["log"]["entries"][1:]
    result = verified(folder, archive)
    assert (result.exit_code, result.stderr) == (0, "expectations.json: 8 met\n"), result.stdout


def test_keys_of_a_recording_that_the_gateway_lacks_are_named(folder, recorder):
    archive = recorder.archive
    answer = archive["log"]["entries"][1]["response"]["content"]
    body = json.loads(answer["text"])
    body["data"] |= {"nickname": "Ann", "id": "one"}
    answer["text"] = json.dumps(body)
    archive["log"]["entries"][2]["response"]["status"] = 204
    result = verified(folder, archive)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert "    $.data.id: expected text, got number" in lines
    assert "    $.data.nickname: missing" in lines
    assert any(line.startswith("    expected status 204, got 200") for line in lines), lines
