"""The OpenAPI files are valid, every field is described, and the examples match their schemas."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.openapi import openapi_file


@pytest.fixture(params=["api.yaml", "api-v1.yaml"])
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    return openapi_file(request.param)


def test_every_referenced_schema_exists(document):
    missing = {name for name in _references(document) if name not in document["components"]["schemas"]}
    assert missing == set(), "hand these tables to the dialect's Reference (`build_reference` in its routes.py)"


def test_the_file_is_a_valid_openapi_document(document):
    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_everything_in_the_document_is_described(document):
    assert list(_undescribed(document, "#")) == []


def test_the_examples_match_their_schemas(document):
    wrong = [
        f"{where}: {error.json_path} {error.message}"
        for where, schema, example in _examples(document)
        for error in _validator(document, schema).iter_errors(example)
    ]
    assert wrong == []


def test_every_operation_has_an_example_answer_or_says_there_is_no_json(document):
    without = [
        operation["operationId"]
        for operation in _operations(document)
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        and not {"example", "examples"} & answer["content"].get("application/json", {"example": None}).keys()
    ]
    assert without == []


def test_answers_have_only_declared_keys(document):
    open_ended = [
        name
        for name, schema in document["components"]["schemas"].items()
        if schema.get("type") == "object" and "properties" in schema and schema["additionalProperties"] is not False
    ]
    assert open_ended == []


def test_links_lead_from_each_record_to_its_deletion(document):
    ids = {operation["operationId"] for operation in _operations(document)}
    reached, todo = set(), [name for name in ids if name.startswith("create")]
    links = {
        operation["operationId"]: [
            link["operationId"]
            for answer in operation["responses"].values()
            for link in answer.get("links", {}).values()
        ]
        for operation in _operations(document)
    }
    while todo:
        name = todo.pop()
        reached.add(name)
        todo += [target for target in links[name] if target not in reached]
    assert ids - reached == {
        name
        for name in ids
        if name.startswith(("list", "getBlank", "ping", "getStatics", "getCurrent", "postCurrent"))
        and name not in reached
    }


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in document["paths"].values():
        yield from (each for each in operations.values() if "operationId" in each)


def _undescribed(node: Any, where: str) -> Iterator[str]:
    if isinstance(node, list):
        for number, each in enumerate(node):
            yield from _undescribed(each, f"{where}/{number}")
    elif isinstance(node, dict):
        if "operationId" in node and "responses" in node and not (node.get("summary") and node.get("description")):
            yield where
        if "in" in node and "name" in node and not node.get("description"):
            yield where
        properties = node.get("properties")
        for key, schema in properties.items() if isinstance(properties, dict) and "type" in node else ():
            if "$ref" not in schema and not schema.get("description"):
                yield f"{where}.{key}"
        for key, each in node.items():
            if key not in ("example", "examples"):
                yield from _undescribed(each, f"{where}/{key}")


def _examples(document: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for operation in _operations(document):
        name = operation["operationId"]
        for parameter in operation.get("parameters", ()):
            if "example" in parameter:
                yield f"{name} {parameter['name']}", parameter["schema"], parameter["example"]
        bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for which, body in bodies.items():
            for media in body.get("content", {}).values():
                if "example" in media:
                    yield f"{name} {which}", media["schema"], media["example"]
                for edition, each in media.get("examples", {}).items():
                    yield f"{name} {which} {edition}", media["schema"], each["value"]


def _validator(document: dict[str, Any], schema: Any) -> Draft202012Validator:
    registry = Registry().with_resource("urn:document", Resource(contents=document, specification=DRAFT202012))
    rooted = _rooted(schema)
    return Draft202012Validator(rooted, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _rooted(schema: Any) -> Any:
    """The schema together with the components to which its references lead."""
    if isinstance(schema, dict):
        return {k: f"urn:document{v}" if k == "$ref" else _rooted(v) for k, v in schema.items()}
    return [_rooted(each) for each in schema] if isinstance(schema, list) else schema


def _references(node: Any) -> Iterator[str]:
    """The names of the schemas that are referred to."""
    if isinstance(node, dict) and str(node.get("$ref", "")).startswith("#/components/schemas/"):
        yield node["$ref"].rpartition("/")[2]
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _references(child)
