"""`gateway contract --consumer`: what integrations expect, as Pact's own library or a recording has written it down."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from pact import Pact, match

from gateway.mock.register import KEY, PASSWORD
from tests.consumers.archive import Recorder
from tests.gateway.command_line import fresh

Define = Callable[[Any], Any]

NEW = {"first_name": "Ann", "last_name": "Lee", "email": "ann@lee.example", "client_company_name": "Lee"}
BEARER = ("Authorization", "Bearer of-the-consumer")
TOKEN = ("X-API-TOKEN", "of-the-consumer")
FROM_STATE = {"type": "ProviderState", "dataType": "STRING"}


def get(path: Any, header: tuple[str, str]) -> Define:
    return lambda interaction: interaction.with_request("GET", path).with_header(*header)


def injected(path: str, expression: str, header: tuple[str, str]) -> Define:
    generators = {"path": {**FROM_STATE, "expression": expression}}
    return lambda interaction: get(path, header)(interaction).with_generators(generators, "Request")


def send(method: str, path: str, header: tuple[str, str], body: Mapping[str, Any]) -> Define:
    return lambda interaction: (
        interaction.with_request(method, path)
        .with_header(*header)
        .with_body(dict(body), content_type="application/json")
    )


# Name: provider state with parameters, request, status, body.
MET: dict[str, tuple[tuple[str, dict], Define, int, Any]] = {
    "a fixture": (
        ("the fixtures", {}),
        get(match.regex("/api/v1/clients/VolejRejNm", regex=r"/api/v1/clients/\w+"), TOKEN),
        200,
        {
            "data": {
                "id": match.like("x"),
                "contacts": match.each_like({"email": match.regex("a@b.c", regex=".+@.+")}, min=1),
            }
        },
    ),
    "a client made for the state, by its id": (
        ("a client exists", {"name": "Acme"}),
        injected("/api/v1/clients/9", "/api/v1/clients/${id}", TOKEN),
        200,
        {"data": {"name": "Acme", "updated_at": match.integer(1)}},
    ),
    "the same in /api": (
        ("a client exists", {"client_company_name": "Acme"}),
        injected("/api/clients/9", "/api/clients/${client_id}", BEARER),
        200,
        {"data": {"company_name": "Acme", "tags": match.type([])}},
    ),
    "an archived client": (
        ("an archived client exists", {}),
        injected("/api/clients/9", "/api/clients/${id}", BEARER),
        200,
        {"data": {"status": "suspended"}},
    ),
    "a deleted client": (
        ("a deleted client exists", {}),
        injected("/api/clients/9", "/api/clients/${id}", BEARER),
        404,
        {"message": match.string("Not found.")},
    ),
    "nobody": (("no clients exist", {}), get("/api/clients", BEARER), 200, {"data": []}),
    "many": (("3 clients exist", {}), get("/api/clients", BEARER), 200, {"data": match.each_like({"id": 1}, min=1)}),
    "an id that exists": (("client 12 exists", {}), get("/api/clients/12", BEARER), 200, {"data": {"id": 12}}),
    "an id that does not": (("client 999 does not exist", {}), get("/api/clients/999", BEARER), 404, None),
    "a contact": (
        ("a contact exists", {}),
        injected("/api/contacts/9", "/api/contacts/${contact_id}", BEARER),
        200,
        {"data": {"first_name": "Jo"}},
    ),
    "a category": (
        ("a category exists", {"category_name": "VIP"}),
        injected("/api/categories/9", "/api/categories/${categoryId}", BEARER),
        200,
        None,
    ),
    "a note": (("a note exists", {}), injected("/api/notes/9", "/api/notes/${id}", BEARER), 200, None),
    "a group": (
        ("a group exists", {"name": "VIP"}),
        injected("/api/v1/group_settings/9", "/api/v1/group_settings/${id}", TOKEN),
        200,
        {"data": {"name": "VIP"}},
    ),
    "a document": (
        ("a document exists", {}),
        injected("/api/v1/documents/9", "/api/v1/documents/${documentId}", TOKEN),
        200,
        {"data": {"name": "dot.png"}},
    ),
    "a gateway token": (
        ("a gateway token exists", {}),
        injected("/api/v1/client_gateway_tokens/9", "/api/v1/client_gateway_tokens/${id}", TOKEN),
        200,
        None,
    ),
    "another company": (
        ("a client of another company exists", {}),
        injected("/api/clients/9", "/api/clients/${id}", BEARER),
        404,
        None,
    ),
    "a new client": (
        ("no clients exist", {}),
        send("POST", "/api/clients", BEARER, NEW),
        201,
        {"data": {"id": match.integer(5)}},
    ),
    "the same again, for each has a register of its own": (
        ("no clients exist", {}),
        send("POST", "/api/clients", BEARER, NEW),
        201,
        None,
    ),
    "a wrong key": (("the key is wrong", {}), get("/api/clients", BEARER), 401, None),
    "no key": (("", {}), lambda interaction: interaction.with_request("GET", "/api/v1/clients"), 403, None),
    "no prefix": (("", {}), get("/clients/12", BEARER), 200, {"data": {"id": 12}}),
    "a state in the consumer's own words": (("two customers are billed", {}), get("/api/clients", BEARER), 200, None),
}
RED: dict[str, tuple[tuple[str, dict], Define, int, Any]] = {
    "a key that is not answered": (
        ("", {}),
        get("/api/clients/12", BEARER),
        200,
        {"data": {"nickname": match.string("x")}},
    ),
    "another type": (("", {}), get("/api/clients/12", BEARER), 200, {"data": {"id": match.string("12")}}),
    "another status": (("", {}), get("/api/clients/12", BEARER), 201, None),
    "a state that nobody knows": (("the moon is full", {}), get("/api/clients", BEARER), 200, None),
    "a state of the other dialect": (("a document exists", {}), get("/api/clients", BEARER), 200, None),
}


def pact_file(folder: Path, version: str, cases: Mapping[str, Any]) -> Path:
    pact = Pact("portal", "register").with_specification(version)
    for name, ((state, params), request, status, body) in cases.items():
        interaction = pact.upon_receiving(name)
        if state:
            interaction = interaction.given(state, **params)
        interaction = request(interaction).will_respond_with(status)
        if body is not None:
            interaction.with_body(body, content_type="application/json")
    folder.mkdir()
    pact.write_file(folder, overwrite=True)
    return folder / "portal-register.json"


@pytest.fixture(scope="module", params=["V3", "V4"])
def told(request, tmp_path_factory) -> list[str]:
    """What the command says of all interactions."""
    folder = tmp_path_factory.mktemp("pact")
    file = pact_file(folder / "pacts", request.param, MET | RED)
    states = folder / "states.yaml"
    states.write_text("two customers are billed: {state: several clients exist, params: {count: 2}}\n")
    result = fresh(folder).run("contract", "--consumer", file, "--dialect", "api", "--states", states)
    assert result.exit_code == 1
    assert f"{len(MET)} met, 3 FAILED, 2 NOT SET UP" in result.stderr
    return result.stdout.splitlines()


@pytest.mark.parametrize("name", MET)
def test_an_expectation_that_is_met_is_said_to_be(told, name):
    assert [line.partition(":")[0] for line in told if line.endswith(f": {name}")] == ["met"]


@pytest.mark.parametrize(
    ("name", "outcome", "words"),
    [
        ("a key that is not answered", "FAILED", "    $.data: Actual map is missing the following keys: nickname"),
        ("another type", "FAILED", "    $.data.id: Expected 12 (Integer) to be the same type as '12' (String)"),
        ("another status", "FAILED", "    StatusMismatch: expected 201 but was 200"),
        ("a state that nobody knows", "NOT SET UP", "    the provider state 'the moon is full' is not known"),
        ("a state of the other dialect", "NOT SET UP", "    documents are no resources of /api"),
    ],
)
def test_an_expectation_that_is_not_met_says_why(told, name, outcome, words):
    at = next(number for number, line in enumerate(told) if line.endswith(f": {name}"))
    assert told[at].startswith(f"{outcome}: GET /api/clients")
    assert told[at + 1].startswith(words)


def test_matchers_are_combined_as_version_4_says(folder):
    """Written by hand from the specification: `combine` decides whether all matchers must match, or any."""
    content = {"contentType": "application/json", "content": {"data": {"website": "x", "id": 1}}, "encoded": False}

    def interaction(name: str, combine: str) -> dict:
        rules = {"$.data.website": {"combine": combine, "matchers": [{"match": "null"}, {"match": "type"}]}}
        rules["$.data.id"] = {"matchers": [{"match": "integer"}]}
        request = {"method": "GET", "path": "/api/clients/12"}
        response = {"status": 200, "body": content, "matchingRules": {"body": rules}}
        return {"type": "Synchronous/HTTP", "description": name, "request": request, "response": response}

    pact = {
        "consumer": {"name": "portal"},
        "provider": {"name": "register"},
        "interactions": [interaction("any", "OR"), interaction("all", "AND")],
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }
    result = verified(folder, pact)
    assert result.stdout.splitlines()[0] == "met: GET /api/clients/12: any"
    assert "FAILED: GET /api/clients/12: all" in result.stdout


def test_pending_and_non_http_interactions_are_reported_and_do_not_fail_the_run(folder):
    file = pact_file(folder / "pacts", "V4", {name: (MET | RED)[name] for name in ("a fixture", "another status")})
    pact = json.loads(file.read_text())
    next(each for each in pact["interactions"] if each["description"] == "another status")["pending"] = True
    pact["interactions"].append({"type": "Asynchronous/Messages", "description": "an event", "contents": {}})
    result = verified(folder, pact)
    assert (result.exit_code, result.stderr) == (0, "portal: 1 met, 1 failed, but pending, 1 left out\n")


class StateServer(BaseHTTPRequestHandler):
    """Answers that the state is client 12."""

    def do_POST(self) -> None:
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"id": "VolejRejNm"}')

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def state_server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), StateServer) as server:
        server.bodies, server.url = [], f"http://127.0.0.1:{server.server_port}/states"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def verified(folder: Path, content: Any, *arguments: object) -> Any:
    file = folder / "expectations.json"
    file.write_text(json.dumps(content))
    return fresh(folder).run("contract", *arguments, "--consumer", file)


def test_a_deployment_is_only_read_without_write(folder, fresh_mock_url):
    cases = {name: MET[name] for name in ("a new client", "an id that exists", "a note")}
    file = pact_file(folder / "pacts", "V4", cases)
    before = httpx.get(f"{fresh_mock_url}/api/clients", headers={"Authorization": f"Bearer {KEY}"}).content
    arguments = ("contract", fresh_mock_url, "--token", KEY, "--consumer", file)
    result = fresh(folder).run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "portal: 1 met, 2 left out\n")
    assert httpx.get(f"{fresh_mock_url}/api/clients", headers={"Authorization": f"Bearer {KEY}"}).content == before
    assert "left out" not in fresh(folder).run(*arguments, "--write").stderr


def test_a_run_that_proves_nothing_fails(folder, fresh_mock_url):
    file = pact_file(folder / "pacts", "V4", {"a new client": MET["a new client"]})
    result = fresh(folder).run("contract", fresh_mock_url, "--token", KEY, "--consumer", file)
    assert (result.exit_code, result.stderr) == (1, "portal: 1 left out\n")


def test_a_state_change_url_brings_states_about_with_write_alone(folder, fresh_mock_url, state_server):
    file = pact_file(
        folder / "pacts",
        "V4",
        {"a client made for the state, by its id": MET["a client made for the state, by its id"]},
    )
    arguments = ("contract", fresh_mock_url, "--token", KEY, "--consumer", file, "--state-url", state_server.url)
    refused = fresh(folder).run(*arguments)
    assert (refused.exit_code, state_server.bodies) == (1, [])
    assert "only --write allows" in refused.stderr
    assert fresh(folder).run(*arguments, "--write").exit_code == 1  # it is no client named Acme
    expected = {"consumer": "portal", "state": "a client exists", "params": {"name": "Acme"}, "action": "setup"}
    assert state_server.bodies == [expected]


@pytest.fixture
def recorder(fresh_mock_url) -> Recorder:
    """The session of a program that reads, creates, changes and is refused."""
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


def test_a_recorded_session_goes_as_it_went(folder, recorder):
    result = verified(folder, recorder.archive)
    assert (result.exit_code, result.stderr) == (0, "expectations.json: 9 met\n"), result.stdout


def test_a_session_of_another_register_is_lent_the_fixtures(folder, recorder):
    """The ids of a deployment are not those of the fixtures."""
    here = json.loads(recorder.archive["log"]["entries"][0]["response"]["content"]["text"])["data"]["id"]
    text = json.dumps(recorder.archive).replace(f"/clients/{here}", "/clients/7013")
    archive = json.loads(text.replace(f'\\"id\\":{here},', '\\"id\\":7013,'))
    archive["log"]["entries"] = archive["log"]["entries"][1:]
    result = verified(folder, archive)
    assert (result.exit_code, result.stderr) == (0, "expectations.json: 8 met\n"), result.stdout


def test_what_a_recording_had_and_the_gateway_has_not_is_named(folder, recorder):
    archive = recorder.archive
    answer = archive["log"]["entries"][1]["response"]["content"]
    body = json.loads(answer["text"])
    body["data"] |= {"nickname": "Ann", "id": "one"}
    answer["text"] = json.dumps(body)
    archive["log"]["entries"][2]["response"]["status"] = 204
    result = verified(folder, archive)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert "    $.data.id: text expected, number answered" in lines
    assert "    $.data.nickname: missing" in lines
    assert any(line.startswith("    204 was recorded, 200 is answered") for line in lines), lines


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[]", "is no JSON object"),
        ("{}", "is neither a Pact file nor a HAR"),
        ("{", "is no JSON"),
        (
            '{"consumer": {}, "provider": {}, "interactions": [], "metadata": {"pactSpecification": {"version": "9"}}}',
            "9",
        ),
    ],
)
def test_a_file_that_expects_nothing_is_refused_in_a_sentence(folder, content, words):
    file = folder / "file"
    file.write_text(content)
    result = fresh(folder).run("contract", "--consumer", file)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {file} ")
    assert words in result.stderr
