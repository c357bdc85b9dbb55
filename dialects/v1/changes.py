"""The change feed in /api/v1. The vendor has none, so it has the envelope of this dialect's lists."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dialects.shared.changes import change_fields, changes
from dialects.shared.operation import Path
from dialects.shared.resource import Resource
from schemas.fields import FieldMap
from schemas.openapi import closed_object
from schemas.types import HashedId, Schema, UnixTime

MAX_SIZE = 1000


def change_fields_of(ids: HashedId, client: FieldMap) -> FieldMap:
    """Return the table of a change."""
    return change_fields(replace(ids, always=True), ids, UnixTime(), client)


def change_paths(fields: FieldMap, client: Resource) -> Sequence[Path]:
    """Return the path of the feed."""
    return (Path("/changes", {"GET": changes(fields, client, _enveloped, _described, MAX_SIZE)}),)


def _enveloped(entries: list[Any], meta: dict[str, Any]) -> dict[str, Any]:
    return {"data": entries, "meta": meta}


def _described(entry: Schema, meta: Schema) -> Schema:
    data = {"type": "array", "items": entry, "description": "The changes, the earliest first."}
    return closed_object({"data": data, "meta": meta})
