"""`gateway shadow`: recorded reads on the old system and on this gateway, compared."""

import json

import httpx
import pytest

from dialects.v1.examples import CLIENT
from gateway.migration.shadowing.differences import Seen, differences
from gateway.migration.shadowing.recorded import NoRecord, reads
from tests.moving.vendor import hashed, serving_vendor
from tests.process import GatewayProcess

PREFIXES = ("/api/v1", "/api")
GET = "/api/clients?limit=5"
RECORDS = {
    "this gateway's log": '{"event": "request", "method": "GET", "path": "/api/clients?limit=5"}',
    "a common log": '::1 - joe [15/Jun/2026:09:30:00 +0000] "GET /api/clients?limit=5 HTTP/1.1" 200 23',
    "a combined log": '1.2.3.4 - - [15/Jun/2026:09:30:00 +0000] "GET /api/clients?limit=5 HTTP/2.0" 200 2 "-" "c"',
    "a HAR": json.dumps(
        {"log": {"entries": [{"request": {"method": "GET", "url": "https://old.example/api/clients?limit=5"}}]}}
    ),
}
PASSED_OVER = (
    '{"method": "POST", "path": "/api/clients"}\n{"method": "GET", "path": "/healthz"}\n[1]\nnonsense \x00\n'
    '1.2.3.4 - - [x] "DELETE /api/clients/1 HTTP/1.1" 200 2\n1.2.3.4 - - [x] "GET /apis HTTP/1.1" 200 2\n'
)


@pytest.mark.parametrize("kind", RECORDS)
def test_reads_are_found_in_every_kind_of_record(kind):
    assert reads(RECORDS[kind].encode(), PREFIXES) == {GET: 1}


def test_writes_and_other_paths_are_left_out():
    assert reads(f"{PASSED_OVER}{RECORDS['a common log']}\n".encode() * 2, PREFIXES) == {GET: 2}
    with pytest.raises(NoRecord):
        reads(PASSED_OVER.encode(), PREFIXES)


# What each side answers, and the paths that differ.
ANSWERS = {
    "the same": ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, []),
    "another value": ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "y"}]}, ["a.1.b"]),
    "another type": ({"a": 1}, {"a": True}, ["a"]),
    "one and 1.0": ({"a": 1}, {"a": 1.0}, []),
    "a key less": ({"a": 1, "b": 2}, {"a": 1}, ["b"]),
    "an item more": ({"a": []}, {"a": [1]}, ["a.0"]),
    "an object for a list": ({"a": []}, {"a": {}}, ["a"]),
    "links to each side": ({"next": "http://there.example/x"}, {"next": "http://here.example/x"}, []),
    "links to elsewhere": ({"next": "http://there.example/x"}, {"next": "http://there.example/x"}, ["next"]),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_answers_are_compared_value_by_value(case):
    there, here, paths = ANSWERS[case]
    sides = [
        Seen(f"http://{name}.example", 200, "application/json", json.dumps(tree).encode())
        for name, tree in (("there", there), ("here", here))
    ]
    assert [each.path for each in differences(*sides, ignored=())] == paths
    assert differences(*sides, ignored=("*",)) == []


def test_status_and_bytes_are_compared():
    there, here = Seen("", 200, "image/png", b"PNG"), Seen("", 404, "application/json", b"{}")
    assert [each.path for each in differences(there, here, ())] == ["status", "body"]


def test_a_shadow_run_reports_by_route_and_ends_with_1_on_differences(move):
    old = CLIENT | {"id": hashed(5), "number": "0001", "contacts": [], "user_id": ""}
    move.vendor.v1 = [old]
    move.report("ninja", "--company", "Acme")
    log = move.cli.folder / "access.log"
    paths = [f"/api/v1/clients/{hashed(5)}", f"/api/v1/clients/{hashed(9)}", "/api/v1/clients?name=Reilly"]
    log.write_text("".join(f'::1 - - [x] "GET {path} HTTP/1.1" 200 2\n' for path in [*paths, paths[0]]))
    with GatewayProcess(move.cli.database_url, move.cli.folder) as gateway:
        shown = httpx.get(gateway.url + paths[0], headers={"X-API-TOKEN": "a-key-of-Acme"}).json()
        move.vendor.files = {paths[0]: json.dumps(shown).encode()}
        arguments = ("shadow", move.vendor.url, log, "--key", "a-key-of-the-source", "--own-key", "a-key-of-Acme")
        arguments += ("--own-url", gateway.url, "--rate", 0)
        same = move.cli.run(
            *arguments,
            "--json",
            "--ignore",
            "message",
            "--ignore",
            "data.*",
            "--ignore",
            "meta.*",
            "--ignore",
            "errors",
        )
        differing = move.cli.run(*arguments)
        refused = move.cli.run(*arguments[:-2], "--rate", 0, "--own-url", "http://127.0.0.1:1")
    assert (same.exit_code, json.loads(same.stdout)["differing"]) == (0, [])
    assert {each["route"]: each["reads"] for each in json.loads(same.stdout)["routes"]} == {
        "/api/v1/clients": 1,
        "/api/v1/clients/{id}": 2,
    }
    assert differing.exit_code == 1
    assert "GET /api/v1/clients?name=Reilly" in differing.stdout
    assert "  data.0.contacts.0" in differing.stdout
    assert (refused.exit_code, "does not answer" in refused.stderr) == (1, True)


def test_an_empty_recording_is_reported(move):
    (move.cli.folder / "empty.log").write_text("")
    with serving_vendor() as vendor:
        result = move.cli.run("shadow", vendor.url, move.cli.folder / "empty.log", "--key", "k")
    assert (result.exit_code, "records no reads" in result.stderr) == (1, True)
