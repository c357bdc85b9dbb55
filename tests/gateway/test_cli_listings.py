"""Rules for every command and every listing."""

import hashlib
import json
import re

import pytest

from tests.gateway.command_line import ACME, KEY, CommandLine, every_command, new_acme

COMMANDS = sorted(every_command())
LISTS = [
    words
    for words in COMMANDS
    if words[-1] in ("list", "usage", "activities", "deliveries") and words != ("companies", "list")  # of all companies
]
EMPTY = [("outbox", "list"), ("usage",), ("activities",), ("webhooks", "deliveries")]
GROUPS = sorted({words[:1] for words in COMMANDS if len(words) > 1})


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A register with two companies, each with rows in every listing except the empty ones."""
    made = new_acme(tmp_path_factory.mktemp("listings"))
    made("bootstrap", "--company", "Globex", "--email", "team@globex.example", "--password", "Secret123")
    for name in ("Acme", "Globex"):
        made("categories", "add", f"{name} wholesale", "--company", name)
        made("custom-fields", "add", f"{name}_order", "--company", name)
        made("webhooks", "add", f"https://{name.lower()}.example/hook", "--dialect", "v1", "--company", name)
        made("users", "add", "--type", "contact", "--email", f"joe@{name.lower()}.example", "--company", name)
    return made


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(cli, words):
    said = cli(*words, "--help")
    assert f"Usage: gateway {' '.join(words)}" in said
    assert re.search(rf"Examples?:\n +.*gateway {' '.join(words)}", said)


@pytest.mark.parametrize("words", [(), *GROUPS], ids=" ".join)
def test_a_group_without_a_command_shows_its_commands(cli, words):
    asked, bare = cli(*words, "--help"), cli.run(*words)
    assert asked.strip() in bare.output
    for command in (each for each in COMMANDS if each[: len(words)] == words):
        assert command[len(words)] in asked


def test_the_commands_that_the_contract_names_exist():
    named = {"bootstrap", "serve", "token create", "token list", "token revoke", "clients set-balance"}
    assert named <= {" ".join(words) for words in COMMANDS}


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_a_list_as_json_is_an_array_of_objects_with_iso_times(cli, words):
    rows = cli.listed(*words, "--company", "Acme")
    assert all(isinstance(row, dict) for row in rows)
    assert rows or words in EMPTY
    times = [value for row in rows for key, value in row.items() if key.endswith("_at") and value is not None]
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", time) for time in times)


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_a_list_as_a_table_has_the_same_values_as_json(cli, words):
    heading, *lines = cli(*words, "--company", "Acme").splitlines()
    rows = cli.listed(*words, "--company", "Acme")
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines, strict=True):
        assert all(key.replace("_", " ") in heading for key in row)
        assert all(_as_shown(value) in line for value in row.values())


def _as_shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


@pytest.mark.parametrize("as_json", [(), ("--json",)])
@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_no_list_shows_a_secret_or_another_companys_rows(cli, words, as_json):
    shown = cli(*words, "--company", "Acme", *as_json).lower()
    for secret in (KEY, hashlib.sha256(KEY.encode()).hexdigest(), "$argon2", "digest", "password", "whsec", "globex"):
        assert secret.lower() not in shown


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_a_list_of_an_unknown_company_is_refused(cli, words):
    result = cli.run(*words, "--company", "Nobody", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: There is no company named 'Nobody'.\n"


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_with_several_companies_one_must_be_named(cli, words):
    result = cli.run(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: There are several companies; name one with --company.\n"


def test_a_table_replaces_control_characters_of_stored_text(tmp_path):
    cli = new_acme(tmp_path)
    cli("categories", "add", "[red]A\x1b[31mB\nC[/red]")
    assert "[red]A [31mB C[/red]" in cli("categories", "list")
    assert [row["name"] for row in cli.listed("categories", "list")] == ["Default", "[red]A\x1b[31mB\nC[/red]"]


def test_lists_work_on_postgresql(new_register, tmp_path):
    cli = CommandLine(new_register("postgresql"), tmp_path)
    assert [cli("bootstrap", *ACME, "--token", KEY) for _ in range(2)] == [KEY, KEY]
    shown = {words: cli(*words, "--json") for words in LISTS}
    assert [row["email"] for row in json.loads(shown["token", "list"])] == ["team@acme.example"]
    assert [row["type"] for row in json.loads(shown["users", "list"])] == ["team"]
    assert {shown[words] for words in EMPTY} == {"[]"}
