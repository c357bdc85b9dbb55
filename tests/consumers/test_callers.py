"""`gateway contract-diff --usage`: which keys a change of the documents affects, down to the names that they send."""

import copy
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.access import usage, usage_names
from core.access.usage import Tally, day_of
from core.access.usage_names import UsedName
from core.database.database import Database
from core.text.clock import now
from tests.drivers import Company
from tests.gateway.command_line import ACME, CommandLine, fresh
from tests.openapi import openapi_file

Change = Callable[[Any], Any]


def names_of(company: Company, least: int) -> set[tuple[str, str, str, str]]:
    """Return the recorded names of a company's keys, as soon as there are so many."""
    database = Database(company.server.settings.database_url, threads=1)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            rows = database.read_now(usage_names.list_all)
            found = {
                (row["method"], row["route"], row["kind"], row["name"])
                for row in rows
                if row["company"] == company.name
            }
            if len(found) >= least:
                return found
            time.sleep(0.05)
    finally:
        database.close()
    raise AssertionError(found)


def test_names_that_are_understood_are_recorded_and_no_values_nor_other_names(company):
    company.api.get("/clients", params={"search": "Secret", "jane@acme.example": "1", "sort": "client_created"})
    company.api.head("/clients")
    body = {"name": "Secret", "password": "x", "contacts": [{"email": "jane@acme.example", "secret": 1}]}
    client_id = company.new_v1(**body)["id"]
    company.v1.get("/clients", params={"include": "ledger,documents", "sort": "name|asc"})
    company.v1.post(f"/clients/{client_id}?_method=PUT", data={"phone": "1", "contacts[0][first_name]": "Ann"})
    company.v1.get("/clients", params={"include": "of-nobody"})
    assert names_of(company, 18) == {
        ("GET", "/api/clients", "call", ""),
        ("GET", "/api/clients", "query", "search"),
        ("GET", "/api/clients", "query", "sort"),
        ("GET", "/api/clients", "sort", "client_created"),
        ("POST", "/api/v1/clients", "call", ""),
        ("POST", "/api/v1/clients", "body", "name"),
        ("POST", "/api/v1/clients", "body", "contacts[]"),
        ("POST", "/api/v1/clients", "body", "contacts[].email"),
        ("GET", "/api/v1/clients", "call", ""),
        ("GET", "/api/v1/clients", "query", "include"),
        ("GET", "/api/v1/clients", "include", "ledger"),
        ("GET", "/api/v1/clients", "include", "documents"),
        ("GET", "/api/v1/clients", "query", "sort"),
        ("GET", "/api/v1/clients", "sort", "name"),
        ("PUT", "/api/v1/clients/{id}", "call", ""),
        ("PUT", "/api/v1/clients/{id}", "body", "phone"),
        ("PUT", "/api/v1/clients/{id}", "body", "contacts[]"),
        ("PUT", "/api/v1/clients/{id}", "body", "contacts[].first_name"),
    }


def parameter(operation: Any, name: str) -> Any:
    return next(each for each in operation["parameters"] if each.get("name") == name)


def without_parameter(path: str, name: str) -> Change:
    def change(document: Any) -> None:
        operation = document["paths"][path]["get"]
        operation["parameters"].remove(parameter(operation, name))

    return change


def without_word(path: str, name: str, word: str) -> Change:
    def change(document: Any) -> None:
        schema = parameter(document["paths"][path]["get"], name)["schema"]
        schema["pattern"] = schema["pattern"].replace(f"|{word}|", "|").replace(f"({word}|", "(")

    return change


def without_column(name: str) -> Change:
    return lambda document: parameter(document["paths"]["/api/clients"]["get"], "sort")["schema"]["enum"].remove(name)


def without_key(path: str, method: str, *keys: str) -> Change:
    def change(document: Any) -> None:
        for content in document["paths"][path][method]["requestBody"]["content"].values():
            schema = content["schema"]
            for key in keys[:-1]:
                schema = schema["properties"][key]
                schema = next((each for each in schema.get("anyOf", []) if "items" in each), schema).get("items", {})
            schema.get("properties", {}).pop(keys[-1], None)

    return change


def without_path(path: str) -> Change:
    return lambda document: document["paths"].pop(path)


# A change of what `record` has of a key, and whether it hits that key.
CASES: dict[str, tuple[str, Change, bool]] = {
    "an operation that is called": ("api.yaml", without_path("/api/clients"), True),
    "an operation that nobody calls": ("api.yaml", without_path("/api/notes"), False),
    "a filter that is sent": ("api.yaml", without_parameter("/api/clients", "search"), True),
    "a filter that nobody sends": ("api.yaml", without_parameter("/api/clients", "category_id"), False),
    "a relation that is included": ("api-v1.yaml", without_word("/api/v1/clients", "include", "ledger"), True),
    "a relation that nobody includes": ("api-v1.yaml", without_word("/api/v1/clients", "include", "locations"), False),
    "a column that is sorted by": ("api.yaml", without_column("client_created"), True),
    "a column that nobody sorts by": ("api.yaml", without_column("client_status"), False),
    "a field that is written": ("api-v1.yaml", without_key("/api/v1/clients", "post", "phone"), True),
    "a field that nobody writes": ("api-v1.yaml", without_key("/api/v1/clients", "post", "website"), False),
}


def changed(name: str, change: Change, folder: Path) -> tuple[Path, Path]:
    document = copy.deepcopy(openapi_file(name))
    change(document)
    old, new = folder / "old.json", folder / "new.json"
    old.write_text(json.dumps(openapi_file(name)))
    new.write_text(json.dumps(document))
    return old, new


@pytest.fixture(scope="module")
def record(tmp_path_factory) -> CommandLine:
    """A register with the recorded usage of one key."""
    cli = fresh(tmp_path_factory.mktemp("record"))
    cli("bootstrap", *ACME)
    database = Database(cli.database_url, threads=1)
    at = now()
    called = [("GET", "/api/clients"), ("GET", "/api/v1/clients"), ("POST", "/api/v1/clients")]
    used = [(*each, "call", "") for each in called] + [
        ("GET", "/api/clients", "query", "search"),
        ("GET", "/api/clients", "query", "sort"),
        ("GET", "/api/clients", "sort", "client_created"),
        ("GET", "/api/v1/clients", "query", "include"),
        ("GET", "/api/v1/clients", "include", "ledger"),
        ("POST", "/api/v1/clients", "body", "phone"),
        ("POST", "/api/v1/clients", "body", "contacts[]"),
        ("POST", "/api/v1/clients", "body", "contacts[].email"),
    ]

    def write(connection: Any) -> None:
        usage.add(connection, [Tally(1, day_of(at), 1, _name(route), m, route, 3, 0, at, at) for m, route in called])
        usage.add(connection, [Tally(1, day_of(at), 1, "api", "PATCH", "/api/clients/{id}", 1, 0, at, at)])
        usage_names.add(
            connection, [UsedName(1, 1, _name(route), m, route, kind, name, at) for m, route, kind, name in used]
        )

    database.write_now(write)
    database.close()
    return cli


def _name(route: str) -> str:
    return "v1" if "v1" in route else "api"


@pytest.mark.parametrize("case", CASES)
def test_a_change_hits_those_who_use_what_it_takes_away(case, record, folder):
    name, change, hits = CASES[case]
    result = record.run("contract-diff", *changed(name, change, folder), "--usage")
    lines = result.stdout.splitlines()
    assert lines
    assert result.exit_code == int(hits), result.output
    assert any(line.startswith("    bootstrap (team@acme.example of Acme), last on 20") for line in lines) == hits
    assert ("    no known caller" in lines) or hits


def test_keys_inside_of_arrays_are_distinguished(record, folder):
    for key, hits in (("email", 1), ("phone", 0)):
        files = changed("api-v1.yaml", without_key("/api/v1/clients", "post", "contacts", key), folder)
        result = record.run("contract-diff", *files, "--usage")
        assert f"contacts[]: the key `{key}`" in result.stdout
        assert result.exit_code == hits, result.output


def test_calls_from_before_names_were_recorded_may_have_used_them(record, folder):
    files = changed("api.yaml", without_key("/api/clients/{id}", "patch", "client_website"), folder)
    result = record.run("contract-diff", *files, "--usage")
    assert result.exit_code == 1
    assert "before names were recorded: perhaps" in result.stdout
    (row, *_) = json.loads(record.run("contract-diff", *files, "--usage", "--json").stdout)
    assert (row["key"], row["email"], row["surely"]) == ("bootstrap", "team@acme.example", False)


def test_keys_that_are_revoked_or_have_not_called_since_are_not_affected(record, folder):
    files = changed("api.yaml", without_path("/api/clients"), folder)
    assert record.run("contract-diff", *files, "--usage", "--since", "2999-01-01").exit_code == 1  # an empty record
    second = record("token", "create", "--name", "second", "--email", "team@acme.example")
    assert second
    record("token", "revoke", "1")
    assert record.run("contract-diff", *files, "--usage").exit_code == 0


def test_an_empty_record_proves_nothing(folder):
    cli = fresh(folder)
    cli("bootstrap", *ACME)
    result = cli.run("contract-diff", *changed("api.yaml", without_path("/api/notes"), folder), "--usage")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: The usage record is empty, so it is not known which keys are affected.\n",
    )
