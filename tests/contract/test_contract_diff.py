"""`gateway contract-diff`: a table of changes, each with the line that reports it, or none if it breaks nothing."""

import copy
from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest
import yaml

from gateway.reference.breaking.documents import breaking_changes
from tests.gateway.command_line import fresh
from tests.openapi import openapi_file

CLIENT = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "name": {"type": "string"},
        "status": {"type": "string", "enum": ["active", "suspended"]},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["id", "name", "status", "tags"],
    "additionalProperties": False,
}
INPUT = {
    "type": "object",
    "properties": {
        "name": {"type": ["string", "null"], "maxLength": 255},
        "days": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]*$"}]},
        "status": {"type": "string", "enum": ["active", "suspended"]},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 100},
    },
    "required": ["name"],
}
ANSWER = {
    "description": "One client.",
    "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Client"}}},
}
BASE = {
    "openapi": "3.1.0",
    "paths": {
        "/clients": {
            "post": {
                "operationId": "createClient",
                "parameters": [{"in": "query", "name": "include", "schema": {"type": "string", "maxLength": 20}}],
                "requestBody": {
                    "content": {"application/json": {"schema": INPUT}, "multipart/form-data": {"schema": INPUT}}
                },
                "responses": {"201": ANSWER, "422": {"description": "Refused."}},
            }
        }
    },
    "components": {
        "schemas": {"Client": CLIENT},
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "A key."}},
    },
}

POST = ("paths", "/clients", "post")
PARAMETERS = (*POST, "parameters")
BODY = (*POST, "requestBody")
SENT = (*BODY, "content", "application/json", "schema")
ANSWERS = (*POST, "responses")
SHOWN = ("components", "schemas", "Client")
JSON = "POST /clients: the application/json body no longer takes"
SAYS = "POST /clients: 201 may now answer"

Change = Callable[[dict[str, Any]], object]


def put(*path: Any, to: Any) -> Change:
    """Set the value at a path."""
    return lambda document: _at(document, path[:-1]).__setitem__(path[-1], to)


def drop(*path: Any) -> Change:
    """Remove the value at a path."""
    return lambda document: _at(document, path[:-1]).__delitem__(path[-1])


def add(*path: Any, item: Any) -> Change:
    """Append to the list at a path."""
    return lambda document: _at(document, path).append(item)


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    return reduce(lambda node, step: node[step], path, document)


LIMIT = {"in": "query", "name": "limit", "schema": {"type": "integer"}}

BREAKING: dict[str, tuple[Change, str]] = {
    "a path is gone": (drop("paths", "/clients"), "POST /clients is gone"),
    "a method is gone": (drop(*POST), "POST /clients is gone"),
    "a parameter is gone": (drop(*PARAMETERS, 0), "POST /clients: the query parameter `include` is gone"),
    "a new parameter is required": (
        add(*PARAMETERS, item=LIMIT | {"required": True}),
        "POST /clients: the query parameter `limit` is required",
    ),
    "a parameter becomes required": (
        put(*PARAMETERS, 0, "required", to=True),
        "POST /clients: the query parameter `include` is required",
    ),
    "a parameter is shorter": (
        put(*PARAMETERS, 0, "schema", "maxLength", to=10),
        "POST /clients: the query parameter `include` no longer takes more than maxLength 10",
    ),
    "a parameter has another type": (
        put(*PARAMETERS, 0, "schema", to={"type": "integer"}),
        "POST /clients: the query parameter `include` no longer takes string",
    ),
    "a body is required": (put(*BODY, "required", to=True), "POST /clients: a request body is required"),
    "a body is gone": (drop(*BODY), "POST /clients: the request body is gone"),
    "an encoding is gone": (
        drop(*BODY, "content", "multipart/form-data"),
        "POST /clients: the request body is no longer taken as multipart/form-data",
    ),
    "an input key is gone": (drop(*SENT, "properties", "name"), f"{JSON} the key `name`"),
    "an input key is required": (add(*SENT, "required", item="tags"), f"{JSON} an object without `tags`"),
    "null is refused": (put(*SENT, "properties", "name", "type", to="string"), f"{JSON} name: null"),
    "a bound is tighter": (put(*SENT, "properties", "name", "maxLength", to=9), f"{JSON} name: more than maxLength 9"),
    "a lower bound is new": (
        put(*SENT, "properties", "name", "minLength", to=1),
        f"{JSON} name: less than minLength 1",
    ),
    "a pattern is new": (
        put(*SENT, "properties", "name", "pattern", to="^A"),
        f"{JSON} name: what does not meet `pattern` ^A",
    ),
    "a word is refused": (drop(*SENT, "properties", "status", "enum", 1), f"{JSON} status: 'suspended'"),
    "free text becomes words": (
        put(*SENT, "properties", "name", to={"enum": ["A", None]}),
        f"{JSON} name: anything but 'A', None",
    ),
    "an alternative is gone": (drop(*SENT, "properties", "days", "anyOf", 1), f"{JSON} days: string"),
    "a bound within an alternative": (
        put(*SENT, "properties", "days", "anyOf", 0, "minimum", to=1),
        f"{JSON} days: less than minimum 1",
    ),
    "items have another type": (
        put(*SENT, "properties", "tags", "items", "type", to="integer"),
        f"{JSON} tags[]: string",
    ),
    "a success has another status": (
        lambda document: _at(document, ANSWERS).update({"200": _at(document, ANSWERS).pop("201")}),
        "POST /clients: 201 is no longer answered",
    ),
    "an answered key is gone": (
        lambda document: (drop(*SHOWN, "properties", "tags")(document), drop(*SHOWN, "required", 3)(document)),
        f"{SAYS} an object without `tags`",
    ),
    "an answered key may be missing": (drop(*SHOWN, "required", 3), f"{SAYS} an object without `tags`"),
    "an answer may be null": (
        put(*SHOWN, "properties", "name", "type", to=["string", "null"]),
        f"{SAYS} name: null",
    ),
    "an answer has another type": (put(*SHOWN, "properties", "id", "type", to="string"), f"{SAYS} id: string"),
    "an answer has another word": (add(*SHOWN, "properties", "status", "enum", item="new"), f"{SAYS} status: 'new'"),
    "an answer has a wider bound": (
        put(*SHOWN, "properties", "id", "minimum", to=0),
        f"{SAYS} id: less than minimum 1",
    ),
    "an answer has another media type": (
        put(*ANSWERS, "201", "content", to={"text/html": {}}),
        "POST /clients: 201 no longer answers application/json",
    ),
    "a promised header is gone": (
        drop(*ANSWERS, "201", "headers", "Location"),
        "POST /clients: 201 may now lack the header Location",
    ),
    "another key header": (
        put("components", "securitySchemes", "bearer", "scheme", to="basic"),
        "the security scheme `bearer` is another or gone",
    ),
}

HARMLESS: dict[str, Change] = {
    "nothing": lambda document: None,
    "a new path": put("paths", "/tags", to={"get": {"responses": {}}}),
    "a new method": put("paths", "/clients", "get", to={"responses": {}}),
    "a new optional parameter": add(*PARAMETERS, item=LIMIT),
    "a new optional key": put(*SENT, "properties", "phone", to={"type": "string"}),
    "a key is no longer required": put(*SENT, "required", to=[]),
    "a wider bound": put(*SENT, "properties", "name", "maxLength", to=999),
    "another type is taken too": put(*SENT, "properties", "status", "type", to=["string", "null"]),
    "another word is taken too": add(*SENT, "properties", "status", "enum", item="new"),
    "a new key is answered": put(*SHOWN, "properties", "phone", to={"type": "string"}),
    "an answer has fewer words": drop(*SHOWN, "properties", "status", "enum", 1),
    "an answer has a tighter bound": put(*SHOWN, "properties", "id", "minimum", to=5),
    "another refusal": put(*ANSWERS, "409", to={"description": "Taken."}),
    "other words": put("components", "securitySchemes", "bearer", "description", to="Your key."),
}


def changed(change: Change) -> dict[str, Any]:
    document = copy.deepcopy(BASE)
    change(document)
    return document


@pytest.mark.parametrize("case", BREAKING)
def test_a_breaking_change_is_reported(case):
    change, line = BREAKING[case]
    assert line in breaking_changes(BASE, changed(change))


@pytest.mark.parametrize("case", HARMLESS)
def test_a_compatible_change_is_not_reported(case):
    assert breaking_changes(BASE, changed(HARMLESS[case])) == []


@pytest.mark.parametrize("name", ["api.yaml", "api-v1.yaml"])
def test_an_unchanged_document_has_no_breaking_changes(name):
    document = openapi_file(name)
    assert breaking_changes(document, document) == []


def test_the_exit_status_is_what_a_pipeline_needs(folder):
    gateway = fresh(folder)
    old, new = folder / "old.yaml", folder / "new.yaml"
    old.write_text(yaml.safe_dump(BASE))
    new.write_text(yaml.safe_dump(changed(drop(*POST))))
    same, broken = gateway.run("contract-diff", old, old), gateway.run("contract-diff", old, new)
    assert (same.exit_code, same.stdout) == (0, "")
    assert (broken.exit_code, broken.stdout) == (1, "POST /clients is gone\n")


def test_a_file_that_is_not_an_openapi_document_is_refused_in_one_sentence(folder):
    file = folder / "list.yaml"
    file.write_text("[]")
    result = fresh(folder).run("contract-diff", file, file)
    assert (result.exit_code, result.stderr) == (1, f"Error: {file} is not an OpenAPI document.\n")
