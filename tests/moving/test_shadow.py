"""`gateway shadow`: recorded reads are repeated on the old system and on this gateway, and compared."""

import json

import httpx
import pytest

from dialects.v1.example_records import CLIENT
from gateway.migration.shadowing.accepted import InvalidDeclaration, parse
from gateway.migration.shadowing.differences import Difference, SideAnswer, differences
from gateway.migration.shadowing.recorded import NothingRecorded, reads
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
    with pytest.raises(NothingRecorded):
        reads(PASSED_OVER.encode(), PREFIXES)


# The answers of both sides, and the paths that differ.
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
        SideAnswer(f"http://{name}.example", 200, "application/json", json.dumps(tree).encode())
        for name, tree in (("there", there), ("here", here))
    ]
    assert [each.path for each in differences(*sides, ignored=())] == paths
    assert differences(*sides, ignored=("*",)) == []


def test_status_and_bytes_are_compared():
    there, here = SideAnswer("", 200, "image/png", b"PNG"), SideAnswer("", 404, "application/json", b"{}")
    assert [each.path for each in differences(there, here, ())] == ["status", "body"]


DECLARED = """
# what cannot be equal
data.*.client_hash
data.*.link                     host   # the portal is elsewhere
/api/clients    data.*.dates.*  within 1 s
data.updated_at                 within 0.5s
"""
MOMENTS = ("2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.900000Z", "2026-01-01T00:00:02Z")
# A route, the path of a difference, the two values, and whether the difference is declared.
ACCEPTED = {
    "anything": ("/api/v1/clients", "data.0.client_hash", "a", "b", True),
    "another path": ("/api/v1/clients", "data.0.name", "a", "b", False),
    "another host": ("/x", "data.0.contacts.0.link", "https://a.example/c/1?x=1", "http://b.example:8/c/1?x=1", True),
    "another path of a link": ("/x", "data.0.contacts.0.link", "https://a.example/c/1", "https://a.example/c/2", False),
    "no link": ("/x", "data.0.contacts.0.link", "https://a.example/c/1", None, False),
    "within the second": ("/api/clients", "data.0.dates.updated", MOMENTS[0], MOMENTS[1], True),
    "later than that": ("/api/clients", "data.0.dates.updated", MOMENTS[0], MOMENTS[2], False),
    "of another route": ("/api/clients/{id}", "data.0.dates.updated", MOMENTS[0], MOMENTS[1], False),
    "Unix seconds": ("/x", "data.updated_at", 1, 2, False),
    "equal as numbers": ("/x", "data.updated_at", 1, 1.5, True),
    "no moment": ("/x", "data.updated_at", "soon", 1, False),
    "absent": ("/x", "data.updated_at", "(absent)", 1, False),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_only_declared_differences_are_accepted(case):
    route, path, there, here, expected = ACCEPTED[case]
    declared = parse(DECLARED)
    assert (declared.without(route, [Difference(path, there, here)]) == []) is expected
    assert len(declared.unused()) == 4 - expected


@pytest.mark.parametrize("line", ["/api/clients", "data.* within a day", "data.* exactly", "data.x within -1 s"])
def test_an_invalid_declaration_is_reported_with_its_line(line):
    with pytest.raises(InvalidDeclaration, match=r"^Line 2"):
        parse(f"data.*\n{line}\n")


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
        (move.cli.folder / "accepted").write_text("message\n/api/v1/clients* data*\nmeta.*\nerrors\nnever.met")
        accepted = move.cli.run(*arguments, "--json", "--accept", move.cli.folder / "accepted")
        differing = move.cli.run(*arguments)
        refused = move.cli.run(*arguments[:-2], "--rate", 0, "--own-url", "http://127.0.0.1:1")
    assert (same.exit_code, json.loads(same.stdout)["differing"]) == (0, [])
    assert {each["route"]: each["reads"] for each in json.loads(same.stdout)["routes"]} == {
        "/api/v1/clients": 1,
        "/api/v1/clients/{id}": 2,
    }
    assert (accepted.exit_code, json.loads(accepted.stdout)["unmet"][-1]) == (0, "never.met")
    assert differing.exit_code == 1
    assert "GET /api/v1/clients?name=Reilly" in differing.stdout
    assert "  data.0.contacts.0" in differing.stdout
    assert (refused.exit_code, "does not answer" in refused.stderr) == (1, True)


def test_an_empty_recording_is_reported(move):
    (move.cli.folder / "empty.log").write_text("")
    with serving_vendor() as vendor:
        result = move.cli.run("shadow", vendor.url, move.cli.folder / "empty.log", "--key", "k")
    assert (result.exit_code, "records no reads" in result.stderr) == (1, True)
