"""`gateway contract --consumer` with Pact files, as Pact's own library writes them."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from gateway.mock.register import KEY
from tests.consumers.conftest import verified
from tests.consumers.pacts import MET, RED, pact_file
from tests.gateway.command_line import fresh


@pytest.fixture(scope="module", params=["V3", "V4"])
def report_lines(request, tmp_path_factory) -> list[str]:
    """Return what the command says of all interactions."""
    folder = tmp_path_factory.mktemp("pact")
    file = pact_file(folder / "pacts", request.param, MET | RED)
    states = folder / "states.yaml"
    states.write_text("two customers are billed: {state: several clients exist, params: {count: 2}}\n")
    result = fresh(folder).run("contract", "--consumer", file, "--dialect", "api", "--states", states)
    assert result.exit_code == 1
    assert f"{len(MET)} met, 3 FAILED, 2 NOT SET UP" in result.stderr
    return result.stdout.splitlines()


@pytest.mark.parametrize("name", MET)
def test_an_expectation_that_is_met_is_reported_as_met(report_lines, name):
    assert [line.partition(":")[0] for line in report_lines if line.endswith(f": {name}")] == ["met"]


@pytest.mark.parametrize(
    ("name", "outcome", "words"),
    [
        ("a key that is not answered", "FAILED", "    $.data: Actual map is missing the following keys: nickname"),
        ("another type", "FAILED", "    $.data.id: Expected 12 (Integer) to be the same type as '12' (String)"),
        ("another status", "FAILED", "    StatusMismatch: expected 201 but was 200"),
        ("a state that nobody knows", "NOT SET UP", "    the provider state 'the moon is full' is unknown"),
        ("a state of the other dialect", "NOT SET UP", "    /api has no documents"),
    ],
)
def test_an_expectation_that_is_not_met_says_why(report_lines, name, outcome, words):
    at = next(number for number, line in enumerate(report_lines) if line.endswith(f": {name}"))
    assert report_lines[at].startswith(f"{outcome}: GET /api/clients")
    assert report_lines[at + 1].startswith(words)


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


def test_a_state_change_url_is_called_only_with_write(folder, fresh_mock_url, state_server):
    file = pact_file(
        folder / "pacts",
        "V4",
        {"a client made for the state, by its id": MET["a client made for the state, by its id"]},
    )
    arguments = ("contract", fresh_mock_url, "--token", KEY, "--consumer", file, "--state-url", state_server.url)
    refused = fresh(folder).run(*arguments)
    assert (refused.exit_code, state_server.bodies) == (1, [])
    assert "requires --write" in refused.stderr
    assert fresh(folder).run(*arguments, "--write").exit_code == 1  # it is no client named Acme
    expected = {"consumer": "portal", "state": "a client exists", "params": {"name": "Acme"}, "action": "setup"}
    assert state_server.bodies == [expected]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[]", "is not a JSON object"),
        ("{}", "is neither a Pact file nor a HAR"),
        ("{", "is not JSON"),
        (
            '{"consumer": {}, "provider": {}, "interactions": [], "metadata": {"pactSpecification": {"version": "9"}}}',
            "9",
        ),
    ],
)
def test_a_file_without_expectations_is_refused_in_a_sentence(folder, content, words):
    file = folder / "file"
    file.write_text(content)
    result = fresh(folder).run("contract", "--consumer", file)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {file} ")
    assert words in result.stderr
