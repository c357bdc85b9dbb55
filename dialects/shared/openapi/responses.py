"""The responses of operations: success with its headers, example and links, and every error."""

from collections.abc import Mapping
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
from dialects.shared.dialect import Dialect, Link
from dialects.shared.openapi.headers import header
from dialects.shared.openapi.parameters import READS_BODY
from dialects.shared.operation import Operation, Path
from schemas.bodies import JSON
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
from schemas.queries import Include
from schemas.types import Schema


def responses(dialect: Dialect, path: Path, method: str, operation: Operation) -> dict[str, Any]:
    """Return every response of an operation, by status."""
    refused = _refused_statuses(dialect, path, method, operation)
    success = {str(operation.reply.status): _success(dialect, method, operation)}
    if method == "get" and operation.reply.versioned:
        success["304"] = {
            "description": "Not Modified",
            "headers": {"ETag": header("ETag"), "X-Request-Id": header("X-Request-Id")},
        }
    return success | {str(status): _refusal(dialect, status) for status in sorted(refused)}


def _success(dialect: Dialect, method: str, operation: Operation) -> dict[str, Any]:
    reference = dialect.documented
    headers: dict[str, Any] = {
        name: header(name) for name in ("X-Ignored-Query", "X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining")
    }
    reply = operation.reply
    if operation.writes and method in READS_BODY:
        headers["X-Ignored-Body"] = header("X-Ignored-Body")
    if reply.versioned:
        headers["ETag"] = header("ETag")
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
    """Return one example, or one for the keys of each edition."""
    if "editions" not in examples:
        return {"example": examples["response"]} if "response" in examples else {}
    default = {"default": {"summary": "For keys of the default edition.", "value": examples["response"]}}
    newer = {
        name: {"summary": f"For keys of edition {name}.", "value": answer}
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
    if method in READS_BODY:
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


_CANONICAL: Schema = {
    "description": "If the client was merged into another one, for keys of edition 2026: that client (`canonical`).",
    "schema": {"type": "string"},
}
_RETRY_AFTER: Schema = {"description": "Seconds to wait.", "required": True, "schema": {"type": "string"}}


def _refusal(dialect: Dialect, status: int) -> dict[str, Any]:
    name = "ValidationError" if status == 422 else "Error"
    described: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "headers": {"X-Request-Id": header("X-Request-Id")},
        "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }
    if status == 415:
        described["headers"]["Accept-Encoding"] = {
            "description": "The accepted content codings, if that of the body was not among them.",
            "schema": {"type": "string"},
        }
    if status == 429:
        for name in ("Limit", "Remaining", "Reset"):
            described["headers"][f"X-RateLimit-{name}"] = header(f"X-RateLimit-{name}")
    if status == 404:
        described["headers"]["Link"] = _CANONICAL
    if status in (409, 429, 503, 507):
        # A retry helps for some causes of a 409, not for all.
        described["headers"]["Retry-After"] = _RETRY_AFTER | {"required": status != 409}
    return described
