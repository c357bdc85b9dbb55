"""What a run must reach to pass, what it refuses before it begins, and how it waits for rate limits."""

import json
import time
from collections import Counter
from functools import cache

import pytest

from gateway.cli.openapi import document_text
from gateway.contract.access import examine_access
from gateway.contract.gate import excepted, judge_reach
from gateway.contract.operations import AccessRefused
from gateway.contract.pacing import Pace
from gateway.contract.reach import Reach
from gateway.contract.reached import judged
from gateway.contract.runner import Outcome, Plan
from gateway.contract.stock import stock
from gateway.contract.target import Target
from tests.gateway.command_line import fresh
from tests.server import serving


@cache
def document(dialect: str):
    return json.loads(document_text(dialect, as_json=True))


def everything_reached(dialect: str) -> Reach:
    reach = Reach(document(dialect))
    for label, operation in reach.operations():
        reach.statuses[label] = Counter(dict.fromkeys(operation["responses"], 1))
        reach.reached |= {(label, each) for each in reach.wanted(label)}
    return reach


@pytest.mark.parametrize("dialect", ["api", "v1"])
def test_a_run_that_reached_everything_passes_and_otherwise_reports_what_is_missing(dialect):
    reach = everything_reached(dialect)
    assert judge_reach(reach, fresh=True, writes=True).failures == []
    label = "GET /api/clients" if dialect == "api" else "GET /api/v1/clients"
    for what in reach.wanted(label)[:6]:
        reach.reached.remove((label, what))
        judged = judge_reach(reach, fresh=True, writes=True)
        assert (judged.failures, judged.not_reached) == ([], [f"{label}: never reached {what}"])
        reach.reached.add((label, what))


@pytest.mark.parametrize("dialect", ["api", "v1"])
def test_a_documented_status_that_was_never_answered_fails_the_run_unless_excepted(dialect):
    reach = everything_reached(dialect)
    for label in ("GET /api/clients/{id}", "PATCH /api/clients/{id}", "DELETE /api/categories/{id}"):
        label = label if dialect == "api" else label.replace("/api", "/api/v1").replace("categories", "group_settings")
        for status in reach.operation(label)["responses"]:
            del reach.statuses[label][status]
            assert bool(judge_reach(reach, fresh=True, writes=True).failures) == (excepted(status, label) is None)
            reach.statuses[label][status] = 1


@pytest.mark.parametrize(("exit_code", "verdict"), [(0, "failure"), (1, "explained")])
def test_a_check_that_cannot_read_a_valid_answer_fails_the_run(tmp_path, exit_code, verdict):
    from gateway.contract.checks.reading import UNREADABLE_ANSWERS, counts_unreadable_answers

    @counts_unreadable_answers
    def reads_too_much(_ctx, response, _case):
        response["data"]

    reads_too_much(None, {}, None)
    reach = everything_reached("api").dump() | {
        "unreadable_answers": {"reads_too_much": UNREADABLE_ANSWERS.pop("reads_too_much")}
    }
    outcome = Outcome("api", exit_code, tmp_path / "log", reach=reach)
    found = judged(outcome, document("api"), fresh=True, plan=Plan(tmp_path, 1, write=True), has_password=True)
    assert found.exit_code == 1
    assert any("could not read: reads_too_much: 1" in each for each in found.complaints) == (verdict == "failure")


def test_an_operation_that_never_succeeded_fails_a_deployment_unless_it_lacks_data():
    reach = everything_reached("api")
    reach.statuses["GET /api/clients"] = Counter({"422": 3})
    reach.statuses["GET /api/notes/{id}"] = Counter({"404": 3, "401": 1})
    judged = judge_reach(reach, fresh=False, writes=False)
    assert [line for line in judged.failures if "never succeeded" in line] == ["GET /api/clients: never succeeded"]
    assert "GET /api/notes/{id}: never succeeded" in judged.not_reached


def test_a_run_of_mostly_rate_limited_answers_fails():
    reach = everything_reached("api")
    reach.statuses["GET /api/clients"] = Counter({"200": 100, "429": 4000, "503": 1})
    (line,) = judge_reach(reach, fresh=False, writes=False).failures
    assert "429 or 503" in line


def test_reach_records_statuses_parameters_and_links():
    reach = Reach(document("api"))
    listed = json.dumps({"data": {"id": 12}}).encode()
    reach.count("POST", "/api/clients", [], {"idempotency-key": "k"}, {"first_name": "A"}, 201, listed)
    reach.count("GET", "/api/clients", [("status", "active"), ("page", "2")], {}, None, 200, b"{}")
    reach.count("GET", "/api/clients/12", [], {}, None, 200, b"{}")
    reach.count("GET", "/api/clients", [("status", "suspended")], {}, None, 422, b"{}")
    reached = {what for label, what in reach.reached if label == "GET /api/clients"}
    assert reached == {"query status", "query status=active", "query page"}
    assert {("POST /api/clients", "header Idempotency-Key"), ("POST /api/clients", "link getClient")} <= reach.reached
    assert reach.statuses["GET /api/clients"] == {"200": 1, "422": 1}


@pytest.mark.parametrize(
    ("status", "headers", "waits", "again"),
    [
        (200, {}, 0, False),
        (200, {"X-RateLimit-Remaining": "5"}, 0, False),
        (200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "in 7 seconds"}, 7, False),
        (200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9"}, 9, False),
        (429, {"Retry-After": "12"}, 12, True),
        (503, {"Retry-After": "2"}, 2, True),
        (503, {}, 1, True),
        (429, {"Retry-After": "99999"}, 120, True),
    ],
)
def test_requests_wait_as_long_as_the_deployment_requires(status, headers, waits, again, monkeypatch):
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    if headers.get("X-RateLimit-Reset") == "in 7 seconds":
        headers = headers | {"X-RateLimit-Reset": str(time.time() + 7)}
    assert Pace().waits(status, headers) is again
    assert sum(slept) == pytest.approx(waits, abs=3)


def test_a_request_that_is_always_refused_is_not_repeated_for_ever(monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    pace = Pace()
    assert [pace.waits(429, {"Retry-After": "1"}) for _ in range(6)] == [True] * 5 + [False]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_wrong_key_an_empty_company_and_equal_keys_are_reported_before_the_run(server, folder):
    key, other = (server.bootstrap(f"{folder.name} {number}") for number in (1, 2))
    gateway = fresh(folder)
    for arguments, words in (
        (("--token", "wrong"), "--token is refused by http"),
        (("--token", key, "--other-token", "wrong"), "--other-token is refused by http"),
        (("--token", key, "--other-token", other), "has no clients"),
    ):
        result = gateway.run("contract", server.url, *arguments, "--report-dir", folder / "reports")
        assert (result.exit_code, words in result.stderr) == (1, True), result.stderr
        assert "FAILED" in result.stdout
        assert not (folder / "reports").exists()
    with pytest.raises(AccessRefused, match="same key"):
        examine_access(Target(server.url, key, key), ["api"], writes=True)


LIMIT = 15  # requests a minute


@pytest.mark.long
def test_the_proof_waits_for_rate_limits_and_passes(folder):
    with serving(f"sqlite:///{folder / 'register.db'}", folder, rate_limit=LIMIT) as server:
        keys = [server.bootstrap(f"Limited {number}") for number in (1, 2)]
        for key in keys:
            stock(server.url, key, clients=3)
        named = ("--token", keys[0], "--other-token", keys[1], "--dialect", "api", "--oracle", "answers_are_labelled")
        result = fresh(folder).run("contract", server.url, *named, "--report-dir", folder / "reports")
    report = json.loads((folder / "reports" / "api.oracles.json").read_bytes())
    assert result.exit_code == 0, result.output
    assert "oracles failed" in result.stdout
    assert "verdict" not in result.stdout  # Schemathesis did not run
    assert not any(each["failures"] for each in report["oracles"])
    counted = [each for counts in report["reach"]["statuses"].values() for each in counts.items()]
    answered = [status for status, _ in counted]
    sent = sum(number for _, number in counted)
    assert sent > 2 * LIMIT
    minutes = 1 + sent // LIMIT
    assert 0 < report["waited"] <= 61 * minutes  # whenever it begins, a minute's worth is not enough
    assert "200" in answered
    assert "429" not in answered  # it waits before it is told to
