"""The schemas of errors."""

from schemas.openapi import closed_object
from schemas.types import Schema


def error_envelope(**properties: Schema) -> Schema:
    """Return the schema of an error: a message, and the dialect's further keys."""
    return closed_object(
        {"message": {"type": "string", "minLength": 1, "description": "A sentence that says what is wrong."}}
        | properties
    )


FIELD_ERRORS: Schema = {
    "type": "object",
    "description": "Messages about each invalid field, by its key.",
    "additionalProperties": {"type": "array", "items": {"type": "string"}, "minItems": 1},
}
