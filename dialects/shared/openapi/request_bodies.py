"""The request bodies of operations."""

from collections.abc import Mapping
from typing import Any

from dialects.shared.dialect import Dialect
from dialects.shared.operation import Operation
from schemas.bodies import JSON, MULTIPART, URLENCODED
from schemas.openapi import form_schema, input_schema
from schemas.types import Schema


def request_body(dialect: Dialect, operation: Operation) -> dict[str, Any] | None:
    """Return the request body of an operation in each encoding; None if it has none."""
    examples = dialect.documented.examples.get(operation.name, {})
    if operation.takes_files:
        properties = form_schema(operation.body, operation.verb)["properties"] if operation.body else {}
        schema = {"type": "object", "properties": {"documents[]": _FILES} | properties, "required": ["documents[]"]}
        encoding = {"documents[]": {"contentType": "application/octet-stream"}}
        return {"required": True, "content": {MULTIPART: {"schema": schema, "encoding": encoding}}}
    if operation.body is None:
        return None
    json_body = input_schema(operation.body, operation.verb)
    form = form_schema(operation.body, operation.verb)
    media: dict[str, Any] = {"schema": json_body} | ({"example": examples["request"]} if "request" in examples else {})
    content = {JSON: media, URLENCODED: {"schema": form}}
    if not _needs_an_array(form):
        content[MULTIPART] = {"schema": form | {"properties": _without_arrays(form["properties"])}}
    return {"required": "required" in json_body, "content": content}


_FILES: Schema = {
    "type": "array",
    "items": {"type": "string", "format": "binary"},
    "minItems": 1,
    "maxItems": 100,
    "description": "The files to attach.",
}


def _needs_an_array(form: Schema) -> bool:
    return any(key.endswith("[]") for each in (form, form.get("then", {})) for key in each.get("required", ()))


def _without_arrays(properties: Mapping[str, Schema]) -> Schema:
    # A multipart array has one part per item, which OpenAPI cannot distinguish from one part with an array.
    return {key: schema for key, schema in properties.items() if not key.endswith("[]")}
