"""The change feed in /api. The vendor has none, so it has the envelope of this dialect's other answers."""

from typing import Any

from dialects.legacy import wire
from dialects.legacy.clients import FIELDS as CLIENT_FIELDS
from dialects.legacy.clients import ID
from dialects.legacy.types import NullableId
from dialects.shared.changes import change_fields
from schemas.openapi import closed_object
from schemas.types import IsoTime, Schema

MESSAGE = "Changes retrieved successfully."
FIELDS = change_fields(ID, NullableId(), IsoTime(), CLIENT_FIELDS)


def enveloped(entries: list[Any], meta: dict[str, Any]) -> dict[str, Any]:
    """Return the envelope of an answer of the feed."""
    return {"data": entries, "meta": meta, "message": MESSAGE}


def described(entry: Schema, meta: Schema) -> Schema:
    """Return the schema of `enveloped`."""
    message = wire.message_schema(MESSAGE)
    data = {"type": "array", "items": entry, "description": "The changes, the earliest first."}
    return closed_object({"data": data, "meta": meta, "message": message})
