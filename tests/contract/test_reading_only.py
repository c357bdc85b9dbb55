"""Without --write `gateway contract` sends nothing that could change a deployment, whatever the other options are."""

import re
import sqlite3
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
import requests
import urllib3

import tests.server
from gateway.app import build_app
from gateway.contract.processes import Processes
from gateway.contract.reading_only import WriteRefused, reading_only
from gateway.contract.stock import stock
from tests.gateway.command_line import CommandLine, fresh
from tests.server import Server, serving

READING = {"GET", "HEAD", "OPTIONS"}
WRITING = ("--operation", "deleteClient")
DIALECTS = [(), ("--dialect", "api"), ("--dialect", "v1")]
UPDATED = ("--baseline", "known.json", "--update-baseline")


class Recorded:
    """ASGI middleware that keeps the method and path of every request."""

    requests: list[tuple[str, str]] = []

    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "http":
            self.requests.append((scope["method"], scope["path"]))
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gateway that records the requests it receives."""
    folder = tmp_path_factory.mktemp("read")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tests.server, "build_app", lambda *given: Recorded(build_app(*given)))
        with serving(f"sqlite:///{folder / 'register.db'}", folder) as running:
            yield running


@pytest.fixture(scope="module")
def deployment(server: Server) -> tuple[str, ...]:
    """The arguments that name the gateway and two companies with clients."""
    keys = [server.bootstrap(f"Company {number}") for number in (1, 2)]
    for key in keys:
        stock(server.url, key, clients=3)
    return (server.url, "--token", keys[0], "--other-token", keys[1], "--password", "Secret123")


@pytest.fixture
def netrc(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's .netrc with an entry for the host, which must not replace the key."""
    file = tmp_path_factory.mktemp("home") / "netrc"
    file.write_text("machine 127.0.0.1 login somebody password else")
    monkeypatch.setenv("NETRC", str(file))


@pytest.fixture
def gateway(folder: Path) -> CommandLine:
    return fresh(folder)


def everything(server: Server) -> list[str]:
    """The whole register, which has the clients of both dialects."""
    path = server.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as register:
        # How much a key was used, and which clients have been rendered, is written in the background.
        return [line for line in register.iterdump() if '"usage_' not in line and '"rendering_walks"' not in line]


@contextmanager
def nothing_written(server: Server) -> Iterator[None]:
    """Check that the block sends the gateway no request that could write, and leaves the register as it was."""
    before = everything(server)
    Recorded.requests.clear()
    yield
    assert {method for method, _ in Recorded.requests} <= READING
    assert everything(server) == before


def test_a_whole_run_writes_nothing(server, deployment, gateway, folder, netrc):
    with nothing_written(server):
        result = gateway.run("contract", *deployment, "--max-examples", 2, "--seed", 7, "--report-dir", folder)
    assert result.exit_code == 0, result.output
    assert not re.search(r"\b1 of \d", result.stdout)


@pytest.mark.parametrize(
    ("arguments", "ran"),
    [
        (("--operation", "getClient", "--operation", "getCategory"), {"api": 2, "v1": 1}),
        (("--operation", "getClient", "--operation", "getCategory", "--dialect", "api"), {"api": 2}),
        (("--operation", "ping", "--operation", "ping", *UPDATED), {"v1": 1}),
    ],
)
def test_only_the_operations_named_are_tested_and_write_nothing(
    arguments, ran, server, deployment, gateway, folder, monkeypatch, netrc
):
    monkeypatch.chdir(folder)  # for the baseline
    with nothing_written(server):
        result = gateway.run("contract", *deployment, *arguments, "--max-examples", 2, "--report-dir", "reports")
    assert result.exit_code == 0, result.output
    reports = {dialect: folder / "reports" / f"{dialect}.json" for dialect in ("api", "v1")}
    tested = {
        dialect: orjson.loads(file.read_bytes())["operations"]["tested"]
        for dialect, file in reports.items()
        if file.exists()
    }
    assert tested == ran
    assert ("is left out" in result.stderr) == (len(ran) == 1 and "--dialect" not in arguments)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("named", [WRITING, ("--operation", "getClient", *WRITING)])
@pytest.mark.parametrize("baseline", [(), UPDATED])
def test_an_operation_that_writes_is_refused_in_every_combination(
    named, dialect, baseline, server, deployment, gateway, folder, monkeypatch
):
    monkeypatch.chdir(folder)
    with nothing_written(server):
        result = gateway.run("contract", *deployment, *named, *dialect, *baseline, "--report-dir", "reports")
    assert result.exit_code == 1
    assert "--write" in result.stderr
    assert all(path.endswith("/openapi.json") for _, path in Recorded.requests)


@pytest.mark.parametrize("raw", [("--include-method", "DELETE"), ("--include-operation-id", "deleteClient")])
def test_an_attempt_to_write_is_not_sent_and_fails_the_run(raw, server, deployment):
    run = ("run", f"{server.url}/api/openapi.json", "--url", server.url, "-H", f"Authorization: Bearer {deployment[2]}")
    with nothing_written(server):
        status, said = child("reading", *run, *raw, "--phases", "coverage,fuzzing", "--max-examples", "3")
    assert status == 1
    assert "Not sent, because --write was not given:\n  DELETE /api/c" in said


def child(*arguments: str) -> tuple[int, str]:
    """The exit status and output of a program as the command starts it."""
    with Processes() as processes:
        process = processes.start(*arguments, output=subprocess.PIPE)
        said, _ = process.communicate()
        return process.returncode, said


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY", "delete", "CONNECT"])
@pytest.mark.parametrize(
    "send",
    [
        pytest.param(requests.request, id="requests"),
        pytest.param(
            lambda method, url: requests.Session().send(requests.Request(method, url).prepare()), id="session"
        ),
        pytest.param(lambda method, url: urllib3.PoolManager().urlopen(method, url), id="urllib3"),
        pytest.param(
            lambda method, url: urllib.request.urlopen(urllib.request.Request(url, method=method)), id="urllib"
        ),
    ],
)
def test_no_http_library_sends_anything_but_reads(send, method, server):
    Recorded.requests.clear()
    with reading_only() as refused, pytest.raises(WriteRefused, match="--write"):
        send(method, f"{server.url}/healthz")
    assert [each.split()[0].upper() for each in refused] == [method.upper()]
    assert not Recorded.requests


def test_a_post_that_claims_to_be_a_get_is_a_post(server):
    Recorded.requests.clear()
    with reading_only(), pytest.raises(WriteRefused):
        requests.post(f"{server.url}/healthz?_method=GET", headers={"X-HTTP-Method-Override": "GET"})
    assert not Recorded.requests


def test_reads_are_sent(server):
    Recorded.requests.clear()
    with reading_only() as refused:
        for method in sorted(READING):
            requests.request(method, f"{server.url}/healthz")
    assert not refused
    assert [method for method, _ in Recorded.requests] == sorted(READING)


@pytest.mark.parametrize("where", ["deployment", "fresh"])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--operation", "getClint"), "Similar names: getClient"),
        (("--operation", "getClient", "--operation", "getClint"), "'getClint'"),
        (("--operation", "GETCLIENT"), "'GETCLIENT'"),
        (("--operation", ""), "''"),
        (("--operation", "ping", "--dialect", "api"), "in /api."),
    ],
)
def test_an_unknown_operation_is_refused(arguments, words, where, deployment, gateway, folder):
    at = deployment if where == "deployment" else ("--fresh",)
    for write in ((), ("--write",)):
        result = gateway.run("contract", *at, *arguments, *write, "--report-dir", folder / "reports")
        assert result.exit_code == 1
        assert words in result.stderr
        assert not (folder / "reports").exists()
