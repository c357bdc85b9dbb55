"""Commands to running servers: showing requests live, and changing the log level."""

import json
import logging
import signal
import threading
import time

import httpx
import pytest

from tests.gateway.command_line import CommandLine
from tests.process import GatewayProcess


@pytest.fixture
def two_workers(engine, new_register, tmp_path):
    """A gateway with two workers, its command line and a key."""
    url = new_register(engine)
    run = CommandLine(url, tmp_path)
    key = run("bootstrap", "--company", "Acme", "--email", "a@acme.example", "--password", "Secret123")
    with GatewayProcess(url, tmp_path, workers=2, log_format="json") as gateway:
        yield gateway, run, key


def watched(run, gateway, key: str, dialects: set[str], *words: object) -> list[dict]:
    """Return what `gateway tail` shows while each API gets requests, until it has shown twelve, and these dialects."""
    lines: list[str] = []
    with run.start("tail", *words, "--json", "--for", "1m") as tail:
        reading = threading.Thread(target=lambda: lines.extend(iter(tail.stdout.readline, "")))
        reading.start()
        assert "Showing requests" in tail.stderr.readline()
        while (
            len(lines) < 12 or _dialects(lines) < dialects
        ) and tail.poll() is None:  # on separate connections, so that both workers get some
            legacy, v1 = {"Authorization": f"Bearer {key}"}, {"X-API-TOKEN": key}
            httpx.get(f"{gateway.url}/api/clients?search=hidden", headers=legacy, timeout=30)
            httpx.get(f"{gateway.url}/api/v1/clients", headers=v1, timeout=30)
        tail.send_signal(signal.SIGINT)
        reading.join(60)
        assert tail.wait(60) == 130, tail.stderr.read()
    return [json.loads(line) for line in lines]


def _dialects(lines: list[str]) -> set[str]:
    return {json.loads(line)["dialect"] for line in list(lines)}


@pytest.mark.long
def test_requests_of_all_workers_are_shown_live_without_secrets(two_workers):
    gateway, run, key = two_workers
    shown = watched(run, gateway, key, {"api"}, "--dialect", "api")
    assert {line["route"] for line in shown} == {"/api/clients"}
    assert {line["status"] for line in shown} == {200}
    assert key not in json.dumps(shown)
    assert "hidden" not in json.dumps(shown)


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "dialects"),
    [
        (("--key", "bootstrap", "--dialect", "v1"), {"v1"}),
        (("--key", 1, "--route", "/api/clients*"), {"api"}),
        (("--company", "Acme"), {"api", "v1"}),
    ],
)
def test_a_filter_names_key_dialect_route_and_company(two_workers, words, dialects):
    gateway, run, key = two_workers
    assert {line["dialect"] for line in watched(run, gateway, key, dialects, *words)} == dialects


def test_a_tail_ends_after_the_given_number_of_requests_and_leaves_no_files(installed):
    tail = installed.run.start("tail", "--limit", 3)
    tail.stderr.readline()
    while tail.poll() is None:
        installed.acme.api.get("/clients")
    shown, said = tail.communicate(timeout=60)
    shown = shown.splitlines()
    assert tail.returncode == 0, said
    assert len(shown) == 3
    assert all(" GET /api/clients 200 " in line for line in shown)
    with installed.server.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM tails").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM tailed_requests").scalar() == 0


def test_a_tail_of_an_unknown_company_is_refused(cli):
    refused = cli.run("tail", "--company", "acme")
    assert (refused.exit_code, "Did you mean 'Acme'?" in refused.stderr) == (1, True)


@pytest.mark.parametrize(("key", "is_said"), [("bootsrap", True), (99, True), ("bootstrap", False), (1, False)])
def test_an_unknown_key_is_reported(cli, key, is_said):
    said = cli.run("tail", "--key", key, "--for", "0").stderr
    assert (f"There is currently no key {str(key)!r}" in said) is is_said


def logged(gateway) -> list[dict]:
    """Return the JSON events on the log."""
    return [json.loads(line) for line in gateway.log.read_text().splitlines() if line.startswith("{")]


@pytest.mark.long
def test_the_log_level_of_every_worker_changes_without_a_restart(two_workers):
    gateway, run, _ = two_workers
    before = {each.pid for each in gateway.working}
    assert run("log-level") == "default"
    run("log-level", "debug")
    assert run("log-level") == "debug"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        changes = [event for event in logged(gateway) if event["event"] == "the log level is now debug"]
        if len(changes) == 2:
            break
        time.sleep(0.2)
    assert len(changes) == 2
    assert {each.pid for each in gateway.working} == before
    assert "\x1b" not in gateway.log.read_text()
    assert "color_message" not in gateway.log.read_text()


def test_a_log_level_ends_after_its_time_or_by_resetting_it(installed):
    root, was = logging.getLogger(), logging.getLogger().level
    try:
        root.setLevel("INFO")
        installed.run("log-level", "error", "--for", "1h")
        assert eventually(lambda: root.level == logging.ERROR)
        installed.run("log-level", "default")
        assert eventually(lambda: root.level == logging.INFO)
        with installed.server.database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO server_controls VALUES ('log level', 'debug', 1)")
        assert installed.run("log-level") == "default"
    finally:
        root.setLevel(was)


def eventually(is_true) -> bool:
    end = time.monotonic() + 60
    while not is_true() and time.monotonic() < end:
        time.sleep(0.1)
    return bool(is_true())


def test_an_unknown_level_is_refused(cli):
    assert cli.run("log-level", "loud").exit_code == 2
