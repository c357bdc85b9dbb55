"""Every request has an id in its answer and in the log, and a line in the log without secrets."""

import json
import subprocess
import sys
import time

import httpx
import pytest

from tests.gateway.command_line import CommandLine
from tests.server import free_port

KEY = "k" * 64
LINK = "c" * 40


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    """Send requests to a gateway in a separate process.

    Return the answers, and the lines that it logged until it stopped.
    """
    folder = tmp_path_factory.mktemp("log")
    cli = CommandLine(f"sqlite:///{folder / 'g.db'}", folder)
    cli("bootstrap", "--company", "Acme", "--email", "a@acme.example", "--password", "Secret123", "--token", KEY)
    port = free_port()
    process = cli.start("serve", "--port", port)
    url = f"http://127.0.0.1:{port}"
    _until_up(process, url)
    asked = {
        "list": ("GET", "/api/clients?search=Jane", {"Authorization": f"Bearer {KEY}"}),
        "create": ("POST", "/api/v1/clients", {"X-API-TOKEN": KEY, "X-Request-Id": "order-17"}),
        "unknown id": ("GET", "/api/v1/clients/nothing", {"X-API-TOKEN": KEY, "X-Request-Id": "two words"}),
        "no key": ("GET", "/api/clients", {}),
        "no path": ("GET", "/nowhere", {}),
        "contact's link": ("GET", f"/client/key_login/{LINK}", {}),
    }
    answers = {name: httpx.request(verb, url + path, headers=headers) for name, (verb, path, headers) in asked.items()}
    process.terminate()
    out, err = process.communicate(timeout=60)
    lines = {line["request_id"]: line for line in map(json.loads, out.splitlines())}
    return {name: (answer, lines[answer.headers["x-request-id"]]) for name, answer in answers.items()}, out + err


def _until_up(process: subprocess.Popen, url: str) -> None:
    while process.poll() is None:
        try:
            httpx.get(f"{url}/healthz")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    sys.exit("the server did not come up")


@pytest.mark.parametrize(
    ("name", "dialect", "route", "key", "status"),
    [
        ("list", "api", "/api/clients", "bootstrap", 200),
        ("create", "v1", "/api/v1/clients", "bootstrap", 200),
        ("unknown id", "v1", "/api/v1/clients/{id}", "bootstrap", 404),
        ("no key", "api", "/api/clients", None, 401),
        ("no path", "", "", None, 404),
        ("contact's link", "bridge", "/client/key_login/{key}", None, 404),
    ],
)
def test_a_log_line_has_the_request_the_key_and_the_outcome(talk, name, dialect, route, key, status):
    answers, _said = talk
    answer, line = answers[name]
    assert answer.status_code == status
    assert (line["dialect"], line["route"], line["key"], line["status"]) == (dialect, route, key, status)
    assert line["ms"] > 0


def test_a_callers_own_request_id_is_kept_if_it_is_valid(talk):
    answers, _said = talk
    assert answers["create"][0].headers["x-request-id"] == "order-17"
    assert answers["unknown id"][0].headers["x-request-id"] != "two words"
    ids = {answer.headers["x-request-id"] for answer, _line in answers.values()}
    assert len(ids) == len(answers)


def test_no_key_is_in_any_log(talk):
    _answers, said = talk
    assert KEY not in said
    assert LINK not in said
