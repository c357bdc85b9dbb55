"""`gateway contract` as a pipeline runs it: it passes on this gateway, and fails where it could prove nothing."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import orjson
import pytest

from gateway.contract.stock import stock
from tests.gateway.command_line import CommandLine, fresh
from tests.server import Server, serving

PASSWORD = "Secret123"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gateway for this module alone, because the proof writes to it."""
    folder = tmp_path_factory.mktemp("proved")
    with serving(f"sqlite:///{folder / 'register.db'}", folder) as running:
        yield running


@pytest.fixture
def deployment(server: Server, request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The arguments that name the running gateway and two stocked companies."""
    keys = [server.bootstrap(f"{request.node.name} {number}", password=PASSWORD) for number in (1, 2)]
    for key in keys:
        stock(server.url, key, clients=6)
    return (server.url, "--token", keys[0], "--other-token", keys[1], "--password", PASSWORD)


@pytest.fixture
def gateway(folder: Path) -> CommandLine:
    return fresh(folder)


@pytest.mark.long
@pytest.mark.parametrize("dialect", ["v1", "api"])
def test_the_gateway_passes_every_check(dialect, gateway, deployment, folder):
    short = ("--dialect", dialect, "--write", "--seed", 7, "--max-examples", 3)
    result = gateway.run("contract", *deployment, *short, "--report-dir", folder)
    assert result.exit_code == 0, result.output
    assert "examples ok, coverage ok, fuzzing ok, stateful ok" in result.stdout
    assert "passed" in result.stdout
    assert ElementTree.parse(folder / f"{dialect}.xml").getroot().tag == "testsuites"
    assert all(orjson.loads(line) for line in (folder / f"{dialect}.ndjson").read_bytes().splitlines())
    summary = orjson.loads((folder / f"{dialect}.json").read_bytes())
    assert summary["seed"] == 7
    oracles_ended = datetime.fromtimestamp((folder / f"{dialect}.oracles.json").stat().st_mtime, UTC)
    assert datetime.fromisoformat(summary["started_at"]) > oracles_ended, "both have the companies of the deployment"


def test_a_run_with_a_wrong_key_fails(server, gateway, folder):
    only = ("--dialect", "v1", "--operation", "listClients", "--max-examples", 3)
    result = gateway.run("contract", server.url, "--token", "no-such-key", *only, "--report-dir", folder)
    assert result.exit_code == 1
    assert "FAILED" in result.stdout


def test_a_run_against_a_gateway_that_does_not_answer_fails(gateway, folder):
    result = gateway.run("contract", "http://127.0.0.1:9", "--token", "key", "--dialect", "api", "--report-dir", folder)
    assert result.exit_code == 1
    assert "FAILED" in result.stdout


def test_without_a_url_a_fresh_gateway_is_tested(gateway, folder):
    only = ("--dialect", "api", "--operation", "getClient", "--max-examples", 3)
    result = gateway.run("contract", "--fresh", *only, "--report-dir", folder)
    assert result.exit_code == 0, result.output
    assert re.search(r"\b1 of \d", result.stdout)
    assert [each.name for each in folder.glob("*gateway.log")] == ["api.gateway.log"]


def test_the_oracles_have_a_temporary_gateway_of_their_own(gateway, folder):
    named = ("--dialect", "v1", "--oracle", "order_has_a_default")
    result = gateway.run("contract", "--fresh", *named, "--report-dir", folder)
    assert result.exit_code == 0, result.output
    assert [each.name for each in folder.glob("*gateway.log")] == ["v1.oracles.gateway.log"]


def test_keys_stay_out_of_the_reports(gateway, deployment, folder):
    only = ("--dialect", "api", "--operation", "listClients", "--max-examples", 3)
    gateway.run("contract", *deployment, *only, "--report-dir", folder)
    reports = [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".db"]
    assert reports
    assert not [file for file in reports if deployment[2].encode() in file.read_bytes()]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("http://127.0.0.1:9",), "--token"),
        (("--token", "key"), "URL"),
        (("http://127.0.0.1:9", "--token", "key", "--fresh"), "URL"),
        (("--update-baseline",), "--baseline"),
        (("",), "not the URL"),
        (("", "--token", "key"), "not the URL"),
        (("gateway.example", "--token", "key"), "not the URL"),
        (("file:///tmp", "--token", "key"), "not the URL"),
    ],
)
def test_contradictory_options_are_refused_in_one_sentence(arguments, words, gateway):
    result = gateway.run("contract", *arguments)
    assert result.exit_code == 1
    assert words in result.stderr
