"""The parameters of an operation: in its path, its query, and its headers."""

from collections.abc import Iterable

from dialects.shared.conditions import TAGS_PATTERN
from dialects.shared.dialect import Dialect
from dialects.shared.operation import Operation, Path
from schemas.types import Schema

READS_BODY = ("post", "put", "patch")
"""The methods of requests that have a body."""


def path_parameters(dialect: Dialect, path: Path, operation: Operation) -> Iterable[Schema]:
    """Return the ids in a path."""
    examples = dialect.documented.id_examples
    for name in ("id", "other"):
        if f"{{{name}}}" in path.path:
            noun = operation.noun
            about = f"Id of the {noun}." if name == "id" else f"Id of the {noun} to merge into it."
            yield {
                "name": name,
                "in": "path",
                "required": True,
                "description": about,
                "schema": dialect.documented.id_schema,
                "example": examples.get(noun, examples[name]) if name == "id" else examples[name],
            }


def query_parameters(operation: Operation) -> Iterable[Schema]:
    """Return the query parameters of an operation."""
    for parameter in operation.query:
        described = {
            "name": parameter.name,
            "in": "query",
            "description": parameter.about,
            "allowEmptyValue": True,
            "schema": parameter.schema(),
        }
        yield described | ({} if parameter.example is None else {"example": parameter.example})


def conditions(method: str, operation: Operation) -> Iterable[Schema]:
    """Return the headers that make a request conditional (RFC 9110, section 13) or idempotent."""
    if operation.target is not None:
        yield _header(
            "If-Match",
            f"The `ETag` that the {operation.noun} must still have; otherwise the answer is a 412.",
            {"pattern": TAGS_PATTERN},
        )
    if method == "get" and operation.reply.versioned:
        yield _header(
            "If-None-Match",
            f"The `ETag` that the caller already has. If the {operation.noun} still has it, the answer is a 304.",
        )

    if operation.writes and method in READS_BODY:
        yield _header(
            "Idempotency-Key",
            "A unique value chosen by the caller. If the request is sent again with it within 24 hours, it is not "
            "carried out again, and the answer is the same. While the first request is in progress, a second one is a "
            "409, whose `Retry-After` is the longest time to wait.",
            {"pattern": '^"?[!#-~]{1,255}"?$'},
        )


def _header(name: str, about: str, bounds: Schema | None = None) -> Schema:
    return {"name": name, "in": "header", "description": about, "schema": {"type": "string"} | (bounds or {})}
