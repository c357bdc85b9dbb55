"""What we publish for others: Schemathesis' configuration, and the examples of docs/contract-testing.md."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.gateway.command_line import fresh
from tests.openapi import openapi_file
from tests.server import free_port

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "contract-testing.md").read_text()


def example(language: str, word: str) -> str:
    """Return the first example in that language that contains the word."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if word in block)


def test_the_configuration_needs_nothing_of_our_package(folder):
    configuration = tomllib.loads(fresh(folder)("contract", "--print-config"))
    assert "hooks" not in configuration
    for title in ("Client register, legacy dialect", "Client register, v1 dialect"):
        project = next(each for each in configuration["project"] if each["title"] == title)
        assert any("${GATEWAY_TOKEN}" in value for value in project["headers"].values())
    accepted = [
        checks["expected-statuses"]
        for project in configuration["project"]
        for operation in project["operations"]
        if (checks := operation.get("checks", {}).get("positive_data_acceptance"))
    ]
    general = configuration["checks"]["positive_data_acceptance"]["expected-statuses"]
    assert all({304, 409, 412, 422} <= set(each) for each in [general, *accepted])


def test_the_configuration_leaves_out_what_no_file_can_say(folder):
    configuration = tomllib.loads(fresh(folder)("contract", "--print-config"))
    assert {configuration["phases"][phase]["generation"]["mode"] for phase in ("fuzzing", "stateful")} == {"positive"}
    assert "coverage" not in configuration["phases"]
    assert configuration["parameters"] == {"header.If-Match": "*"}
    operations = {each["include-operation-id"]: each for each in configuration["project"][-1]["operations"]}
    blank = {name for name, each in operations.items() if each.get("enabled") is False}
    document = openapi_file("api-v1.yaml")
    paths = {path: each["get"]["operationId"] for path, each in document["paths"].items() if path.endswith("/create")}
    assert blank == set(paths.values())
    ends = {name for name, each in operations.items() if each.get("phases") == {"stateful": {"enabled": False}}}
    assert ends == {"purgeClient", "mergeClients"}


def test_schemathesis_takes_the_configuration(folder, monkeypatch):
    for name in ("GATEWAY_TOKEN", "GATEWAY_PASSWORD"):
        monkeypatch.setenv(name, "secret")
    from schemathesis.config import SchemathesisConfig

    assert SchemathesisConfig.from_str(fresh(folder)("contract", "--print-config"))


def test_the_workflow_installs_what_is_pinned_and_no_red_step_hides_the_next():
    steps = yaml.safe_load(example("yaml", "actions/checkout"))["jobs"]["contract"]["steps"]
    runs = [step for step in steps if "gateway contract" in step.get("run", "")]
    assert any("requirements.lock" in step.get("run", "") for step in steps)
    assert len(runs) == 3
    assert all("!cancelled()" in step["if"] for step in [*runs[1:], steps[-1]])


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_shell_example_runs_as_printed_and_a_red_step_does_not_hide_the_next(folder):
    """A fake `gateway` records its runs of `contract` and fails the first one; otherwise it is the real one."""
    (folder / "bin").mkdir()
    program = folder / "bin" / "gateway"
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = contract ]; then echo "$@" >> proofs; exit "$(( $(wc -l < proofs) == 1 ))"; fi\n'
        f'exec "{sys.executable}" -m gateway "$@"\n'
    )
    program.chmod(0o755)
    (folder / "pacts").mkdir()
    (folder / "pacts" / "portal.json").write_text("{}")
    port = free_port()
    script = example("sh", "gateway bootstrap").replace("8123", str(port))
    environment = {"PATH": f"{folder}/bin:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 1, done.stderr
    proofs = (folder / "proofs").read_text().splitlines()
    assert proofs == [
        f"contract http://127.0.0.1:{port} --write --password Secret123 "
        "--token contract-key-of-ours --other-token contract-key-of-theirs",
        "contract --consumer pacts/portal.json",
    ]
