"""The command line as an interface for scripts and shells: exit statuses, JSON from every listing, completion."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gateway.command_line import every_command

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "command-line.md").read_text()
LISTINGS = re.findall(r"`([a-z -]+)`", re.sub(r"\s+", " ", PAGE.partition("empty or not:")[2].partition(". Times")[0]))


def test_every_listing_is_on_the_page():
    listing = {" ".join(words) for words in every_command() if words[-1] == "list"}
    assert listing <= set(LISTINGS)
    assert {"activities", "usage", "doctor", "check", "contract-diff"} <= set(LISTINGS)


@pytest.mark.parametrize("listing", LISTINGS)
def test_every_listing_prints_an_array_as_json(cli, listing):
    files = [ROOT / "openapi" / "api.yaml"] * 2 if listing == "contract-diff" else []
    result = cli.run(*listing.split(), *files, "--json")
    assert result.exit_code == 0, result.output
    assert isinstance(json.loads(result.stdout), list)


def test_findings_of_a_check_are_in_the_json_and_in_the_exit_status(cli, tmp_path):
    (tmp_path / "documents").mkdir(exist_ok=True)
    (tmp_path / "documents" / "stray").write_bytes(b"x")
    found = cli.run("check", "--json")
    assert (found.exit_code, json.loads(found.stdout)) == (1, [{"problem": "stray belongs to no document."}])
    v1, api = ROOT / "openapi" / "api-v1.yaml", ROOT / "openapi" / "api.yaml"
    broken = cli.run("contract-diff", api, v1, "--json")
    assert broken.exit_code == 1
    assert all(row.keys() == {"change"} for row in json.loads(broken.stdout))


@pytest.mark.parametrize(
    ("status", "words", "settings"),
    [
        (0, ("token", "list"), {}),
        (0, ("token", "--help"), {}),
        (1, ("token", "revoke", 99), {}),
        (1, ("token", "list", "--company", "Nobody"), {}),
        (1, ("doctor",), {"GATEWAY_STORAGE_URL": "/dev/null/x"}),
        (1, ("token", "list"), {"GATEWAY_DATABASE_URL": "nonsense"}),
        (2, ("unheard-of",), {}),
        (2, ("token", "list", "--unheard-of"), {}),
        (2, ("token", "revoke", "first"), {}),
        (2, ("users", "add"), {}),
    ],
)
def test_each_exit_status_is_documented_and_used(cli, status, words, settings):
    result = cli.run(*words, **settings)
    assert result.exit_code == status
    assert f"| {status} |" in PAGE
    if status:
        assert result.stderr.rstrip().splitlines()[-1].rstrip(".") or words == ("doctor",)


def test_a_server_that_cannot_start_ends_with_3(cli):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = cli.start("serve", "--port", taken.getsockname()[1])
        process.communicate(timeout=60)
    assert process.returncode == 3


def completed(environment: dict[str, str]) -> tuple[str, str]:
    """Return what the program prints for a shell's completion, and the modules that it imported for that."""
    program = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gateway"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return program.stdout, program.stderr


@pytest.mark.parametrize(
    ("line", "expected", "spared"),
    [
        ("gateway us", ["users", "usage"], "sqlalchemy"),
        ("gateway ", ["bootstrap", "usage", "token"], "sqlalchemy"),
        ("gateway token ", ["create", "list", "revoke"], "gateway.cli.serve"),
        ("gateway openapi ", ["api", "v1"], "schemathesis"),
        ("gateway usage --di", ["--dialect"], "gateway.cli.serve"),
    ],
)
def test_words_are_completed_without_importing_the_program(line, expected, spared):
    words = line.split(" ")
    bash = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), "_GATEWAY_COMPLETE": "complete_bash"}
    printed, imported = completed(bash)
    assert set(expected) <= set(printed.split())
    assert spared not in imported


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_completions_in_their_own_format(shell):
    asked = {
        "_GATEWAY_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "gateway token l",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    printed, _imported = completed(asked)
    assert "List a company" in printed
    assert printed.startswith('_arguments \'*: :(("list":' if shell == "zsh" else "list\t")


def test_bash_completes_with_the_script_that_is_shown(cli, tmp_path):
    program = tmp_path / "bin" / "gateway"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m gateway "$@"\n')
    program.chmod(0o755)
    ask = 'eval "$(gateway --show-completion)"; COMP_WORDS=(gateway categories l); COMP_CWORD=2'
    said = subprocess.run(
        [
            shutil.which("bash") or "bash",
            "--norc",
            "-c",
            f'{ask}; _gateway_completion gateway; echo "${{COMPREPLY[@]}}"',
        ],
        env=os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert said.stdout == "list\n", said.stderr


FRAMEWORKS = {"pydantic", "sqlalchemy", "starlette", "uvicorn", "core", "gateway.settings"}
# What a command must not import: each of these was, or would be, a large part of what it takes to run.
SPARED = {
    "--version": FRAMEWORKS | {"typer", "gateway.cli.commands"},
    "--help": FRAMEWORKS | {"gateway.cli.session", "gateway.cli.tokens", "rich"},
    "": FRAMEWORKS | {"gateway.cli.session", "gateway.cli.tokens", "rich"},
    "dance": FRAMEWORKS | {"gateway.cli.session"},
    "contract --print-config": FRAMEWORKS - {"core"} | {"dialects", "httpx", "requests", "schemathesis", "yaml"},
    "mcp --help": {"dialects", "gateway.app", "gateway.cli.serve", "mcp", "yaml"},
    "token list": {
        *("alembic", "dialects", "gateway.app", "gateway.cli.serve", "httpx", "jinja2", "mcp", "obstore", "openpyxl"),
        *("psycopg", "rich", "schemathesis", "starlette", "uvicorn", "yaml"),
    },
}


def imported_by(words: str, settings: dict[str, str]) -> tuple[str, set[str]]:
    """Return what a run prints, and the names of all modules that it imports."""
    command = [sys.executable, "-X", "importtime", "-m", "gateway", *words.split()]
    run = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, timeout=60)
    return run.stdout, set(re.findall(r"(?m)^import time:.*\| +(\S+)$", run.stderr))


@pytest.mark.parametrize("words", SPARED)
def test_a_command_imports_no_more_than_it_needs(cli, words):
    _shown, imported = imported_by(words, cli.settings)
    assert {name for name in imported if any(f"{name}.".startswith(f"{part}.") for part in SPARED[words])} == set()
    assert "gateway.cli" in imported


def test_the_version_is_that_of_the_package():
    (declared,) = re.findall('(?m)^version = "(.+)"$', (ROOT / "pyproject.toml").read_text())
    assert imported_by("--version", {})[0] == f"gateway {declared}\n"


def test_the_list_of_commands_shows_what_each_does_without_cutting_it(cli):
    shown = cli("--help")
    lines = dict(re.findall(r"(?m)^  ([a-z-]+) +(\S.*)$", shown.partition("Commands:")[2]))
    assert lines.keys() == {words[0] for words in every_command()}
    assert all(line.endswith(".") and not line.endswith("...") for line in lines.values()), lines


def test_options_before_a_command_do_not_hide_it(cli):
    assert cli("--", "token", "list", "--json") == cli("token", "list", "--json")
