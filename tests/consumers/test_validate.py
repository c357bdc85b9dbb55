"""`gateway validate`: recorded and mirrored traffic is compared with the documents, by calling key."""

import hashlib
import json
import signal
from pathlib import Path

import httpx
import pytest

from gateway.mock.register import KEY, OTHER_KEY
from tests.consumers.archive import Recorder
from tests.gateway.command_line import ACME, CommandLine, fresh
from tests.gateway.command_line import KEY as ACME_KEY

NEW = {"first_name": "Ann", "last_name": "Lee", "email": "ann@lee.example", "client_company_name": "Lee"}


@pytest.fixture(scope="module")
def cli(tmp_path_factory) -> CommandLine:
    return fresh(tmp_path_factory.mktemp("validate"))


def findings(cli: CommandLine, file: Path, *more: str) -> set[tuple[str, str]]:
    """Return the findings as operations and descriptions."""
    result = cli.run("validate", file, "--json", *more)
    found = json.loads(result.stdout)
    assert result.exit_code == int(bool(found)), result.stderr
    return {(each["operation"], each["what"]) for each in found}


def archived(folder: Path, recorder: Recorder) -> Path:
    file = folder / "session.har"
    file.write_text(json.dumps(recorder.archive))
    return file


def test_a_session_that_keeps_to_the_documents_has_no_findings(cli, folder, fresh_mock_url):
    recorder = Recorder()
    with recorder.client(fresh_mock_url, Authorization=f"Bearer {KEY}", **{"X-API-TOKEN": KEY}) as http:
        made = http.post("/api/clients", json=NEW).json()["data"]
        http.get("/api/clients", params={"search": "lee", "limit": 5})
        http.patch(f"/api/clients/{made['id']}", data={"client_company_name": "Lea"})
        http.get("/api/clients/999")
        http.get("/api/v1/clients", params={"include": "activities", "sort": "name|asc", "sort[]": "id"})
        http.put("/api/v1/clients/VolejRejNm/upload", files={"documents[]": ("a.txt", b"a")})
        http.post("/api/v1/clients", json={"name": "A", "contacts": [{"first_name": "B"}], "settings": {"any": 1}})
        http.head("/api/v1/clients")
        http.options("/api/v1/clients")
        http.get("/api/openapi.json")
    assert findings(cli, archived(folder, recorder)) == set()


def test_undeclared_parts_of_a_session_are_reported(cli, folder, fresh_mock_url):
    recorder = Recorder()
    with recorder.client(fresh_mock_url, Authorization=f"Bearer {KEY}", **{"X-API-TOKEN": KEY}) as http:
        http.get("/api/clients", params={"serach": "lee", "jane@lee.example": "1", KEY: "1"})
        http.post("/api/clients", json=NEW | {"nickname": "Annie"})
        http.post("/api/v1/clients", json={"name": "A", "contacts": [{"frist_name": "B"}]})
        http.put("/api/clients/12", json={})
        http.get("/api/customers/4711")
        http.post("/api/clients", content="<xml/>", headers={"Content-Type": "text/xml"})
    entry = recorder.archive["log"]["entries"][1]
    shown = json.loads(entry["response"]["content"]["text"])
    shown["data"]["id"] = "one"
    shown["data"]["nickname"] = "Annie"
    entry["response"]["content"]["text"] = json.dumps(shown)
    recorder.archive["log"]["entries"][0]["response"]["status"] = 418
    file = archived(folder, recorder)
    assert findings(cli, file) == {
        ("GET /api/clients", "undeclared parameter serach"),
        ("GET /api/clients", "undeclared parameter (not shown, because it may be a value)"),
        ("GET /api/clients", "undeclared status 418"),
        ("POST /api/clients", "undeclared key nickname"),
        ("POST /api/clients", "undeclared key data.nickname in the answer 201"),
        ("POST /api/clients", "the answer 201 breaks `type` at data.id"),
        ("POST /api/v1/clients", "undeclared key contacts[].frist_name"),
        ("PUT /api/clients/{id}", "undeclared method"),
        ("GET /api/customers/…", "undeclared path"),
        ("POST /api/clients", "undeclared media type text/xml of the body"),
    }
    told = cli.run("validate", file)
    assert not any(secret in told.output for secret in (KEY, "jane@", "4711", "Annie"))


def test_each_key_has_its_own_findings_under_a_name_that_opens_nothing(cli, folder, fresh_mock_url):
    recorder = Recorder()
    for key, name in ((KEY, "a"), (OTHER_KEY, "b"), ("", "c")):
        with recorder.client(fresh_mock_url, **({"X-API-TOKEN": key} if key else {})) as http:
            http.get("/api/v1/clients", params={name: "1"})
    lines = cli.run("validate", archived(folder, recorder)).stdout.splitlines()
    names = [f"key {hashlib.sha256(key.encode()).hexdigest()[:8]}" for key in (KEY, OTHER_KEY)]
    assert lines[0::2] == [f"{name}, 1 request" for name in [*sorted(names), "without a key"]]
    assert sorted(each.rpartition("parameter ")[2] for each in lines[1::2]) == ["a (1)", "b (1)", "c (1)"]


def test_names_of_keys_come_from_the_register_if_asked_for(cli, folder, fresh_mock_url):
    cli("bootstrap", *ACME, "--token", ACME_KEY)
    recorder = Recorder()
    with recorder.client(fresh_mock_url, Authorization=f"Bearer {ACME_KEY}") as http:
        http.get("/api/clients", params={"nothing": "1"})
    lines = cli.run("validate", archived(folder, recorder), "--names").stdout.splitlines()
    assert lines[0] == "bootstrap (team@acme.example of Acme), 1 request"


LOGS = {
    "combined": (
        '192.0.2.1 - - [01/Jan/2026:00:00:00 +0000] "GET /api/clients?serach=Secret HTTP/1.1" 200 12 "-" "agent"\n'
        '192.0.2.1 - portal [01/Jan/2026:00:00:00 +0000] "GET /api/v1/clients/abc HTTP/1.1" 201 12 "-" "agent"\n'
        '192.0.2.1 - - [01/Jan/2026:00:00:00 +0000] "GET /elsewhere?serach=1 HTTP/1.1" 200 12 "-" "agent"\n'
    ),
    "json": "".join(
        json.dumps({"event": "request", "method": "GET", "path": path, "key": "portal", "company": 1, "status": status})
        + "\n"
        for path, status in (("/api/clients?serach=Secret", 200), ("/api/v1/clients/abc", 201))
    ),
}


@pytest.mark.parametrize("kind", LOGS)
def test_logs_are_read_as_far_as_they_go(cli, folder, kind):
    file = folder / "access.log"
    file.write_text(LOGS[kind])
    assert findings(cli, file) == {
        ("GET /api/clients", "undeclared parameter serach"),
        ("GET /api/v1/clients/{id}", "undeclared status 201"),
    }
    assert "portal" in cli.run("validate", file).stdout


def test_another_document_can_be_named(cli, folder):
    document = {"openapi": "3.1.0", "paths": {"/api/clients": {"get": {"responses": {"200": {}}}}}}
    (folder / "own.json").write_text(json.dumps(document))
    (folder / "access.log").write_text(LOGS["combined"])
    assert findings(cli, folder / "access.log", "--openapi", str(folder / "own.json")) == {
        ("GET /api/clients", "undeclared parameter serach"),
        ("GET /api/v1/clients/abc", "undeclared path"),
    }


def test_mirrored_requests_are_taken_in_until_it_is_stopped(cli):
    process = cli.start("validate", "--live", "--port", "0")
    url = process.stderr.readline().split()[-1]
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}, timeout=60) as http:
        answers = [
            http.get("/api/clients", params={"serach": "Secret"}),
            http.post("/api/clients", json=NEW | {"nickname": "Secret"}),
            http.get("/api/clients", headers={"X-Mirrored-Status": "418"}),
            http.request("PURGE", "/api/clients"),
        ]
    assert {each.status_code for each in answers} == {204}
    process.send_signal(signal.SIGTERM)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert KEY not in told
    assert "Secret" not in told
    assert [line.strip() for line in told.splitlines()[1:]] == [
        "GET /api/clients: undeclared parameter serach (1)",
        "GET /api/clients: undeclared status 418 (1)",
        "POST /api/clients: undeclared key nickname (1)",
        "PURGE /api/clients: undeclared method (1)",
    ]


def test_mirroring_ends_after_the_time_given(cli):
    process = cli.start("validate", "--live", "--port", "0", "--for", "0.5")
    assert process.wait(60) == 0
    process.communicate()


@pytest.mark.parametrize("arguments", [(), ("--live", "file")])
def test_validate_needs_a_file_or_the_mirror(cli, folder, arguments):
    (folder / "file").write_text("")
    result = cli.run("validate", *(folder / each if each == "file" else each for each in arguments))
    assert (result.exit_code, result.stderr) == (1, "Error: Name a file of recorded traffic, or --live.\n")


def test_a_file_without_requests_is_refused(cli, folder):
    (folder / "log").write_text("nothing\n")
    result = cli.run("validate", folder / "log")
    assert (result.exit_code, result.stderr) == (1, "Error: The file records no request to /api or /api/v1.\n")
