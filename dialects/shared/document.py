"""A dialect as an OpenAPI 3.1 document, generated from the operations and tables that serve the requests."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from core.errors import (
    KeyInUse,
    MergeRefused,
    NotFound,
    OutOfSpace,
    TooManyGuesses,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    WrongPassword,
)
from dialects.shared.conditions import ETAG_PATTERN, TAGS_PATTERN
from dialects.shared.dialect import Dialect, Link, Reference
from dialects.shared.operation import Operation, Path
from schemas.bodies import JSON, MULTIPART, URLENCODED
from schemas.errors import (
    BodyTooLarge,
    BodyTooSlow,
    Invalid,
    MalformedBody,
    MalformedHeader,
    PreconditionFailed,
    UnknownInclude,
    UnsupportedMediaType,
)
from schemas.openapi import closed_object, components, form_schema, input_schema
from schemas.queries import Include
from schemas.types import Schema

_READS_BODY = ("post", "put", "patch")


def openapi_document(dialect: Dialect, server_url: str) -> dict[str, Any]:
    """The whole document of a dialect that has a reference."""
    reference = _reference(dialect)
    schemas: dict[str, Schema] = {}
    for table in reference.tables:
        schemas |= components(table)
    schemas |= {
        "Error": _with_survivor(reference, reference.error_schema(400)),
        "ValidationError": reference.error_schema(422),
    }
    paths = {dialect.prefix + path.path: _path_item(dialect, path) for path in dialect.paths}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": reference.title,
            "version": "1.0.0",
            "description": reference.description,
            "contact": {"name": "Whoever runs this gateway"},
            "license": {"name": "Proprietary", "identifier": "LicenseRef-Proprietary"},
        },
        "servers": [{"url": server_url, "description": "This gateway."}],
        "security": [{reference.key_scheme: []}],
        "tags": [{"name": name, "description": about} for name, about in reference.tags.items()],
        "paths": _with_components(paths, schemas),
        "components": {
            "schemas": schemas,
            "securitySchemes": dict(reference.security_schemes),
            "headers": {
                "X-Ignored-Query": {
                    "description": "The query parameters that meant nothing here; beyond 1 KB only how many more.",
                    "schema": {"type": "string"},
                },
                "X-Ignored-Body": {
                    "description": (
                        "The keys of the body that meant nothing here, as forms write them: `contacts[0][foo]`; "
                        "beyond 1 KB only how many more."
                    ),
                    "schema": {"type": "string"},
                },
                "X-Request-Id": {
                    "description": "Names this request in the log: the caller's own, if it sent a plain one.",
                    "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
                },
                "X-RateLimit-Limit": {
                    "description": "How many requests a minute the key may make, where that is limited.",
                    "schema": {"type": "string", "pattern": "^[0-9]+$"},
                },
                "X-RateLimit-Remaining": {
                    "description": "How many of them are left in this minute.",
                    "schema": {"type": "string", "pattern": "^[0-9]+$"},
                },
                "X-RateLimit-Reset": {
                    "description": "When the next minute begins, in seconds since 1970.",
                    "schema": {"type": "string", "pattern": "^[0-9]+$"},
                },
                "ETag": {
                    "description": (
                        "The version of the record, the same in both APIs; behind a + a digest of the body, if a query "
                        "parameter shaped it. `If-Match` compares the version alone."
                    ),
                    "required": True,
                    "schema": {"type": "string", "pattern": ETAG_PATTERN},
                },
            },
        },
    }


def _with_components(node: Any, schemas: dict[str, Schema]) -> Any:
    """The tree with every schema that has a title moved to the components, where it stands once."""
    if isinstance(node, list):
        return [_with_components(each, schemas) for each in node]
    if not isinstance(node, dict):
        return node
    tree = {key: _with_components(each, schemas) for key, each in node.items()}
    if "title" not in tree or "type" not in tree:
        return tree
    about = {"description": tree.pop("description")} if "description" in tree else {}
    schemas[tree["title"]] = tree
    return {"$ref": f"#/components/schemas/{tree['title']}"} | about


def _with_survivor(reference: Reference, error: Schema) -> Schema:
    about = "Where a client was merged away, to keys of edition 2026: the client that has what it had."
    merged_into = reference.id_schema | {"description": about}
    return error | {"properties": error["properties"] | {"merged_into": merged_into}}


def _reference(dialect: Dialect) -> Reference:
    assert dialect.reference is not None
    return dialect.reference


def _path_item(dialect: Dialect, path: Path) -> dict[str, Any]:
    return {
        method.lower(): _operation(dialect, path, method.lower(), operation)
        for method, operation in path.operations.items()
    }


def _operation(dialect: Dialect, path: Path, method: str, operation: Operation) -> dict[str, Any]:
    reference = _reference(dialect)
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.about.rstrip("."),
        "description": reference.details.get(operation.name, operation.about),
        "tags": [path.tag],
        "parameters": [
            *_path_parameters(dialect, path, operation),
            *_query_parameters(operation),
            *_conditions(method, operation),
        ],
        "responses": _responses(dialect, path, method, operation),
        "x-required-scope": operation.scope.value,
    }
    if dialect.deprecation is not None:
        described["deprecated"] = True
    if operation.asks_password:
        described["security"] = [{reference.key_scheme: [], reference.password_scheme: []}]
    body = _request_body(dialect, operation)
    return described | ({"requestBody": body} if body else {})


def _path_parameters(dialect: Dialect, path: Path, operation: Operation) -> Iterable[Schema]:
    examples = _reference(dialect).id_examples
    for name in ("id", "other"):
        if f"{{{name}}}" in path.path:
            noun = operation.noun
            about = f"Id of the {noun}." if name == "id" else f"Id of the {noun} to be merged."
            yield {
                "name": name,
                "in": "path",
                "required": True,
                "description": about,
                "schema": _reference(dialect).id_schema,
                "example": examples.get(noun, examples[name]) if name == "id" else examples[name],
            }


def _query_parameters(operation: Operation) -> Iterable[Schema]:
    for parameter in operation.query:
        described = {
            "name": parameter.name,
            "in": "query",
            "description": parameter.about,
            "allowEmptyValue": True,
            "schema": parameter.schema(),
        }
        yield described | ({} if parameter.example is None else {"example": parameter.example})


def _conditions(method: str, operation: Operation) -> Iterable[Schema]:
    if operation.target is not None:
        yield _header(
            "If-Match",
            f"The `ETag` that the {operation.noun} must still have for the write to be made; else a 412.",
            {"pattern": TAGS_PATTERN},
        )
    if method == "get" and operation.reply.versioned:
        yield _header(
            "If-None-Match", f"The `ETag` of what is known already; a {operation.noun} that still has it is a 304."
        )

    if operation.writes and method in _READS_BODY:
        yield _header(
            "Idempotency-Key",
            "A value of your own: sent again within 24 hours, the request is not done again but answered as before. "
            "While the first one is still worked on, a second is a 409, whose `Retry-After` says for how long at most.",
            {"pattern": '^"?[!#-~]{1,255}"?$'},
        )


def _header(name: str, about: str, bounds: Schema | None = None) -> Schema:
    return {"name": name, "in": "header", "description": about, "schema": {"type": "string"} | (bounds or {})}


def _request_body(dialect: Dialect, operation: Operation) -> dict[str, Any] | None:
    examples = _reference(dialect).examples.get(operation.name, {})
    if operation.takes_files:
        beside = form_schema(operation.body, operation.verb)["properties"] if operation.body else {}
        schema = {"type": "object", "properties": {"documents[]": _FILES} | beside, "required": ["documents[]"]}
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
    # A multipart array is one part an item, which OpenAPI cannot tell from one part holding an array.
    return {key: schema for key, schema in properties.items() if not key.endswith("[]")}


def _responses(dialect: Dialect, path: Path, method: str, operation: Operation) -> dict[str, Any]:
    refused = _refused_statuses(dialect, path, method, operation)
    success = {str(operation.reply.status): _success(dialect, method, operation)}
    if method == "get" and operation.reply.versioned:
        success["304"] = {"description": "Not Modified", "headers": {"ETag": _ETAG, "X-Request-Id": _REQUEST_ID}}
    return success | {str(status): _refusal(dialect, status) for status in sorted(refused)}


def _success(dialect: Dialect, method: str, operation: Operation) -> dict[str, Any]:
    reference = _reference(dialect)
    headers: dict[str, Any] = {
        name: {"$ref": f"#/components/headers/{name}"}
        for name in ("X-Ignored-Query", "X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining")
    }
    reply = operation.reply
    if operation.writes and method in _READS_BODY:
        headers["X-Ignored-Body"] = {"$ref": "#/components/headers/X-Ignored-Body"}
    if reply.versioned:
        headers["ETag"] = _ETAG
    if reply.schema is None:
        content: dict[str, Any] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        headers["Content-Disposition"] = {
            "description": "Always an attachment.",
            "required": True,
            "schema": {"type": "string"},
        }
    else:
        content = {JSON: {"schema": reply.schema}}
        content[JSON] |= _answers(reference.examples.get(operation.name, {}))
    links = {link.name or link.target: _link(link) for link in reference.links if link.source == operation.name}
    described = {"description": reply.about, "headers": headers, "content": content}
    return described | ({"links": links} if links else {})


def _answers(examples: Mapping[str, Any]) -> dict[str, Any]:
    """One example, or one for the keys of each edition."""
    if "editions" not in examples:
        return {"example": examples["response"]} if "response" in examples else {}
    default = {"default": {"summary": "To keys of the default edition.", "value": examples["response"]}}
    newer = {
        name: {"summary": f"To keys of edition {name}.", "value": answer}
        for name, answer in examples["editions"].items()
    }
    return {"examples": default | newer}


def _link(link: Link) -> dict[str, Any]:
    described: dict[str, Any] = {"operationId": link.target}
    if link.parameters:
        described["parameters"] = dict(link.parameters)
    return described | ({"requestBody": link.body} if link.body is not None else {})


def _refused_statuses(dialect: Dialect, path: Path, method: str, operation: Operation) -> set[int]:
    errors: list[type[Exception]] = [Unauthenticated, Invalid, TooManyRequests, Unavailable]
    if "{" in path.path or path.path.endswith("/bulk"):
        errors.append(NotFound)
    if method in _READS_BODY:
        errors += [MalformedBody, BodyTooLarge, BodyTooSlow, UnsupportedMediaType, KeyInUse]
    if operation.writes:
        errors.append(OutOfSpace)
    if operation.asks_password:
        errors += [WrongPassword, TooManyGuesses]
    if operation.target is not None:
        errors += [PreconditionFailed, MalformedHeader]
    if any(isinstance(parameter, Include) for parameter in operation.query):
        errors.append(UnknownInclude)
    if "{other}" in path.path:
        errors.append(MergeRefused)
    errors += operation.refused
    return {_status(dialect.refusals, error) for error in errors}


def _status(refusals: Mapping[type[Exception], Any], error: type[Exception]) -> int:
    return int(next(refusals[kind] for kind in error.__mro__ if kind in refusals).status)


_ETAG: Schema = {"$ref": "#/components/headers/ETag"}
_REQUEST_ID: Schema = {"$ref": "#/components/headers/X-Request-Id"}
_CANONICAL: Schema = {
    "description": "Where a client was merged away, to keys of edition 2026: the one in its place (`canonical`).",
    "schema": {"type": "string"},
}
_RETRY_AFTER: Schema = {"description": "Seconds to wait.", "required": True, "schema": {"type": "string"}}


def _refusal(dialect: Dialect, status: int) -> dict[str, Any]:
    name = "ValidationError" if status == 422 else "Error"
    described: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "headers": {"X-Request-Id": _REQUEST_ID},
        "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }
    if status == 415:
        described["headers"]["Accept-Encoding"] = {
            "description": "The content codings that are taken, where the body's was none of them.",
            "schema": {"type": "string"},
        }
    if status == 429:
        for name in ("Limit", "Remaining", "Reset"):
            described["headers"][f"X-RateLimit-{name}"] = {"$ref": f"#/components/headers/X-RateLimit-{name}"}
    if status == 404:
        described["headers"]["Link"] = _CANONICAL
    if status in (409, 429, 503, 507):
        # Waiting helps against some of what a 409 says, and not against all of it.
        described["headers"]["Retry-After"] = _RETRY_AFTER | {"required": status != 409}
    return described


def error_envelope(**properties: Schema) -> Schema:
    """The schema of an error: a message, and whatever else the dialect puts beside it."""
    return closed_object(
        {"message": {"type": "string", "minLength": 1, "description": "What is wrong, in a sentence."}} | properties
    )


FIELD_ERRORS: Schema = {
    "type": "object",
    "description": "Sentences on each refused field, by its key.",
    "additionalProperties": {"type": "array", "items": {"type": "string"}, "minItems": 1},
}
