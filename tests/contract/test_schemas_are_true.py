"""The gateway accepts what the schemas of the OpenAPI files allow, and refuses what they forbid."""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import httpx
import jsonschema_rs
import pytest

from gateway.cli.openapi import document_text
from gateway.contract.operations import PREFIXES
from gateway.contract.stock import stock
from tests.server import Server
from tests.transport import Connections

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

NO_BREAK = "\u00a0"
NUMBERS = (
    *("5", "0", "-1", " 5", "5 ", f"{NO_BREAK}5", f"5{NO_BREAK}", "+5", "05", "5.0", "840.0", "5.5", "0x5", "\u0665"),
    "9" * 20,
)
FLAGS = (
    *("true", "TRUE", "True", "false", "False", "1", "yes", "YES", "on", "off", "No", " true ", f"true{NO_BREAK}"),
    "maybe",
)
COMPARISONS = (
    *("lt:10", "lt: 10", " lt:10", "LT:10", "10:lt", "10 :lt", "10: lt", f"lt:{NO_BREAK}10", "lt:10.5", "lt:+1", "eq:"),
    *("10:20", "10 : 20", "10:20:30", f"10:{NO_BREAK}20", "-1:1"),
)
MOMENTS = (
    *("2001-09-09", " 2001-09-09 ", "2001-9-9", "20010909", "2001-02-29", "2000-02-29", "2001-04-31", "0000-01-01"),
    *("2001-W36-7", "2001-252", "2001-09-09T10:00:00Z", "2001-09-09T10:00", "2001-09-09 10:00:00", "2001-09-09T25:00"),
    *("2001-09-09T10:00:00+02:00", "2001-09-09T10:00:00+0200", "2001-09-09T10", "1000000000", "1000000000.5"),
)
WORDS = (
    *("active", "ACTIVE", " active ", f"active{NO_BREAK}", "active,archived", "active, archived", "active,", "asc"),
    *("name", "name|asc", "name | asc", "name|asc,", "NAME", "public", "client", "contacts", " contacts", "Desc"),
    *("US", "usa", " us ", f"us{NO_BREAK}", "VolejRejNm", "a\x00b", "x" * 300, "contacts,,tags"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, 1.0, 2.5, 840, 840.0, -1, 10**12, 10**17, 10**19, "", " ", NO_BREAK, [], {}, ["a"]),
    *("5", " 5 ", f"5{NO_BREAK}", "5.0", "1.0", "TRUE", "on", "x", "x" * 21, "x" * 256, "a\x00b", {"a": 1}, [[]]),
    *("840", " 840 ", f"840{NO_BREAK}", "US", " us", f"us{NO_BREAK}", "EUR", "active", " active ", "public", 10.0),
    *("a@b.example", " a2@b.example ", f"a3@b.example{NO_BREAK}", "https://hooks.example/x", " https://hooks.example/"),
    *("010", {"x": "a"}, "****", " **** ", "Secret123", " Secret123"),
    *(f"{' ' * 300}{text}" for text in ("", "5", "a4@b.example", "US", "active", "true", "https://hooks.example/y")),
    *({"0": "a"}, {"0": {}}, {"1": {"first_name": "B"}, "0": {"first_name": "A"}}, {"0": {"first_name": {}}}),
    *({"0": "a", "x": "b"}, {"0": ["a"]}, {"0": None}, {"9" * 19: "a"}, {"-1": "a"}),
    *([{}], [{"name": "X-A", "value": "b"}], [{"key": "X-B", "value": 5}], {"1": {"name": "X-C", "value": None}}),
    *(
        [{"name": "X A", "value": "b"}],
        [{"name": 5, "value": "c"}],
        [{"name": "X-D", "value": []}],
        {"0": {"X-E": "f"}},
    ),
)
EVERY_VALUE = "GATEWAY_EVERY_VALUE" in os.environ  # as `make torture` does
TEXTS = ("description", "title", "examples", "example", "default")
BODIES = {
    "api": ("patch /clients/{id}", "patch /contacts/{id}", "patch /categories/{id}", "patch /notes/{id}"),
    "v1": (
        *("put /clients/{id}", "put /group_settings/{id}", "put /client_gateway_tokens/{id}", "put /documents/{id}"),
        "put /webhooks/{id}",
    ),
}


@cache
def document(dialect: str) -> dict[str, Any]:
    return json.loads(document_text(dialect, as_json=True))


def validator(dialect: str, schema: dict[str, Any]) -> Any:
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document(dialect)["components"]}
    return jsonschema_rs.validator_for(whole | schema, validate_formats=True)


def allows(schema: Any, text: str) -> bool:
    """Whether a schema allows this text in a query, as text or as the number in it (5.0 is an integer)."""
    is_number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) is not None
    return schema.is_valid(text) or (is_number and schema.is_valid(float(text) if "." in text else int(text)))


class Kinds:
    """Chooses the values with which each property or parameter is tried, so that every schema meets every value.

    The first one with a schema is tried with all values, each further one with a third of them in turn: those with the
    same schema also share their type in the mapping table.
    """

    def __init__(self) -> None:
        self._met: Counter[str] = Counter()

    def values(self, schema: dict[str, Any], of: tuple[Any, ...]) -> tuple[Any, ...]:
        kind = json.dumps({key: value for key, value in schema.items() if key not in TEXTS}, sort_keys=True)
        before = self._met[kind]
        self._met[kind] += 1
        return of[before % 3 :: 3] if before and not EVERY_VALUE else of


@pytest.fixture(scope="module")
def caller(server: Server) -> Iterator[httpx.Client]:
    key = server.bootstrap("Company of true schemas")
    stock(server.url, key, clients=3)
    headers = {"Authorization": f"Bearer {key}", "X-API-TOKEN": key}
    session = httpx.Client(headers=headers, transport=Connections(), timeout=30)
    made = session.get(f"{server.url}/api/clients").json()["data"][0]
    note = {"note_title": "T", "note_description": "D", "noteresource_id": made["id"]}
    session.post(f"{server.url}/api/notes", json=note)
    session.post(f"{server.url}/api/v1/group_settings", json={"name": "G"})
    yield session
    session.close()


def parameters(dialect: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each list with each of its query parameters, except `wait`, which delays the answer."""
    for path, operations in document(dialect)["paths"].items():
        for each in operations.get("get", {}).get("parameters", ()) if "{" not in path else ():
            if each["in"] == "query" and each["name"] != "wait":
                yield path, each


@pytest.mark.parametrize("dialect", ["api", "v1"])
def test_a_parameter_accepts_what_its_schema_allows_and_nothing_else(dialect, server, caller):
    untrue, kinds = [], Kinds()
    for path, parameter in parameters(dialect):
        schema = validator(dialect, parameter["schema"])
        for text in kinds.values(parameter["schema"], (*NUMBERS, *FLAGS, *COMPARISONS, *MOMENTS, *WORDS)):
            answer = caller.get(f"{server.url}{path}", params={parameter["name"]: text})
            assert answer.status_code in (200, 400, 422)
            if answer.is_success != allows(schema, text):
                untrue.append(f"{path}?{parameter['name']}={text!r} is {'taken' if answer.is_success else 'refused'}")
    assert untrue == []


@pytest.mark.parametrize("dialect", ["api", "v1"])
def test_an_empty_parameter_counts_as_missing(dialect, server, caller):
    for path, parameter in parameters(dialect):
        plain, empty = (caller.get(f"{server.url}{path}", params=query) for query in ({}, {parameter["name"]: ""}))
        assert empty.status_code == 200
        if "next" not in plain.text:  # a page of changes has a cursor of its own
            assert empty.json()["data"] == plain.json()["data"]


@pytest.mark.parametrize(("dialect", "label"), [(dialect, label) for dialect in BODIES for label in BODIES[dialect]])
def test_a_body_accepts_what_its_schema_allows_and_nothing_else(dialect, label, server, caller):
    method, _, template = label.partition(" ")
    path = PREFIXES[dialect] + template
    operation = document(dialect)["paths"][path][method]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    whole = validator(dialect, schema)
    record = caller.get(f"{server.url}{path.removesuffix('/{id}')}").json()["data"][0]
    needed = {key: record.get(key) or "N" for key in schema.get("required", ())}
    untrue, kinds = [], Kinds()
    for where, of_key, wrapped in fields(schema):
        for value in kinds.values(of_key, VALUES):
            body = needed | wrapped(value)
            answer = caller.request(method, server.url + path.replace("{id}", str(record["id"])), json=body)
            assert answer.status_code in (200, 400, 422)
            if answer.is_success != whole.is_valid(body) and not is_business(
                f"{dialect} {operation['operationId']}", answer
            ):
                untrue.append(f"{where}: {value!r} is {'taken' if answer.is_success else 'refused'}")
    assert untrue == []


def fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Callable[[Any], dict[str, Any]]]]:
    """Each property of a body, also those of the objects in its arrays: its schema, and a body with a value of it."""
    for key, of_key in schema["properties"].items():
        yield key, of_key, lambda value, key=key: {key: value}
        arrays = [each for each in of_key.get("anyOf", ()) if each.get("items")]
        for inner, of_inner in (arrays[0]["items"].get("properties", {}) if arrays else {}).items():
            yield f"{key}[].{inner}", of_inner, lambda value, key=key, inner=inner: {key: [{inner: value}]}


def is_business(operation: str, answer: httpx.Response) -> bool:
    """Whether a refusal names a business rule, which no schema can state."""
    errors = answer.json().get("errors", {})
    from gateway.contract.checks.business_rules import RULES

    rules = RULES.get(operation, {}).items()
    return answer.status_code == 422 and all(
        any(re.fullmatch(field, key) and re.fullmatch(rule, words, re.DOTALL) for field, rule in rules)
        for key, said in errors.items()
        for words in said
    )
