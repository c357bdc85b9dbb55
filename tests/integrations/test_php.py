"""A PHP job with curl and http_build_query, which have their own ways of writing arrays, booleans and nulls."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

CLIENT = Path(__file__).parent / "php" / "client.php"


def _has_curl() -> bool:
    if shutil.which("php") is None:
        return False
    done = subprocess.run(["php", "-r", "exit((int) !function_exists('curl_init'));"], check=False)
    return done.returncode == 0


pytestmark = pytest.mark.skipif(not _has_curl(), reason="there is no PHP with curl")


@pytest.fixture
def php(company):
    def run(*requests: dict) -> list[dict]:
        command = ["php", str(CLIENT), company.server.url, company.key]
        asked = json.dumps(requests)
        done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, timeout=60)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def ask(method: str, path: str, data: dict | None = None, **more) -> dict:
    return {"method": method, "path": path, **({} if data is None else {"data": data}), **more}


JANE = {"first_name": "Jane", "last_name": "Doe", "email": "jane@acme.example", "client_company_name": "Acme & Co"}


def test_a_job_lives_a_clients_life_in_the_legacy_dialect(php):
    (made,) = php(ask("POST", "/api/clients", JANE | {"tags": ["vip", "a=b"], "send_email": False}))
    assert (made["status"], made["body"]["data"]["tags"]) == (201, ["vip", "a=b"])
    one = f"/api/clients/{made['body']['data']['id']}"
    answers = php(
        ask("GET", one),
        ask("PATCH", one, {"client_company_name": "Acme Ltd", "client_billing_city": "Zürich"}),
        ask("PUT", f"{one}/tags", {"tags": {"3": "one", "5": "two"}}),
        ask("PUT", f"{one}/tags", {"tags": []}),
        ask("PUT", f"{one}/tags", {"tags": []}, **{"as": "json"}),
        ask("GET", "/api/clients", query={"search": "acme l", "limit": 5, "status": "active"}),
        ask("DELETE", one),
        ask("GET", one),
    )
    assert [each["status"] for each in answers] == [200, 200, 200, 422, 200, 200, 200, 404]
    shown, changed, tagged, _, cleared, listed, deleted, _ = (each["body"] for each in answers)
    assert shown["data"]["company_name"] == "Acme & Co"
    assert changed["data"]["billing"]["city"] == "Zürich"
    assert (tagged["data"]["tags"], cleared["data"]["tags"]) == (["one", "two"], [])
    assert [each["id"] for each in listed["data"]] == [deleted["data"]["id"]]


def test_a_job_writes_nested_arrays_as_forms_and_as_json(php):
    people = [{"first_name": "Jane", "email": "jane@acme.example", "send_email": True}, {"first_name": "Joe"}]
    given = {"name": "Acme", "contacts": people, "settings": {"currency_id": 3}, "is_tax_exempt": True, "city": None}
    as_form, as_json = php(
        ask("POST", "/api/v1/clients", given), ask("POST", "/api/v1/clients", given, **{"as": "json"})
    )
    for made in (as_form, as_json):
        client = made["body"]["data"]
        assert (made["status"], client["settings"]["currency_id"], client["city"]) == (200, "3", "")
        assert [each["first_name"] for each in client["contacts"]] == ["Jane", "Joe"]
        assert client["contacts"][0]["send_email"] is True


def test_a_list_that_array_filter_made_an_object_is_a_list(php):
    people = [None, {"first_name": "Jane"}, None, {"first_name": "Joe"}]
    (made,) = php(ask("POST", "/api/v1/clients", {"name": "Acme", "contacts": people}, **{"as": "filtered"}))
    assert (made["status"], [each["first_name"] for each in made["body"]["data"]["contacts"]]) == (200, ["Jane", "Joe"])


def test_a_job_reads_a_filtered_page_and_acts_on_all_of_it(company, php):
    for number in range(3):
        company.new_v1(name=f"Acme {number}", country_id="756")
    company.new_v1(name="Acme elsewhere")
    (page,) = php(
        ask("GET", "/api/v1/clients", query={"country_id": 756, "sort": "name|desc", "per_page": 2, "page": 1})
    )
    ids = [each["id"] for each in page["body"]["data"]]
    assert [each["name"] for each in page["body"]["data"]] == ["Acme 2", "Acme 1"]
    (archived,) = php(ask("POST", "/api/v1/clients/bulk", {"ids": ids}, query={"action": "archive"}))
    assert [each["archived_at"] > 0 for each in archived["body"]["data"]] == [True, True]


def test_a_job_uploads_a_file_by_an_overridden_verb(company, php, tmp_path):
    file = tmp_path / "contract.txt"
    file.write_text("bytes")
    client = company.new_v1()["id"]
    form = {"_method": "PUT", "documents[0]": {"path": str(file), "name": "Verträge.txt"}, "is_public": "1"}
    (shown,) = php(ask("POST", f"/api/v1/clients/{client}/upload", form, **{"as": "multipart"}))
    (document,) = shown["body"]["data"]["documents"]
    assert (shown["status"], document["name"]) == (200, "Verträge.txt")
    assert company.v1.get(f"/documents/{document['id']}").json()["data"]["is_public"] is True
