"""Conversions that are made of others: lists, URLs that contain a value, JSON trees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from schemas.errors import BrokenRule, MalformedBody
from schemas.json_bodies import MAX_DEPTH, read_json
from schemas.lists import POSITION_PATTERN, as_list
from schemas.types.base import NOTHING, NotGiven, Schema, Type, is_blank


@dataclass(frozen=True)
class ListOf(Type):
    """An array of values of one type; blank items, as forms send them for an empty list, are ignored."""

    item: Type
    max_items: int = 1000
    min_items: int = 0

    def parse(self, value: Any) -> list[Any]:
        value = [] if value in ("", None) else as_list(value)
        if not isinstance(value, list):
            raise BrokenRule("array")
        if len(value) > self.max_items:
            raise BrokenRule("max_items", {"max": self.max_items})
        return [self.item.parse(each) for each in value if not is_blank(each)]

    def format(self, value: Sequence[Any]) -> list[Any]:
        return [self.item.format(each) for each in value]

    def schema(self) -> Schema:
        return {"type": "array", "items": self.item.schema()}

    def input_schema(self) -> Schema:
        return {"anyOf": [self.required_schema(), {"type": "null"}]}

    def required_schema(self) -> Schema:
        array = {"type": "array", "items": self.item.input_schema(), "maxItems": self.max_items}
        if self.min_items:
            needed = self.item.required_schema()
            array |= {"minItems": self.min_items, "contains": needed}
            return {"anyOf": [array, self._numbered(needed) | {"minProperties": self.min_items}]}
        return {"anyOf": [array, self._numbered(self.item.input_schema()), NOTHING]}

    def _numbered(self, item: Schema) -> Schema:
        return {
            "type": "object",
            "description": "The same with numbers as keys, as PHP writes arrays that have gaps.",
            "patternProperties": {POSITION_PATTERN: item},
            "additionalProperties": False,
            "maxProperties": self.max_items,
        }

    def form_schema(self) -> Schema:
        """Return the schema of a form field `key[]`: one item or several."""
        item = self.item.text_schema(needed=self.min_items > 0) or {"type": "string"}
        several = {"type": "array", "items": item, "minItems": 1, "maxItems": self.max_items}
        return {"anyOf": [several, item]}

    def is_missing(self, value: Any) -> bool:
        return value is None


def _from_text(text: str) -> Any:
    try:
        value = read_json(text.encode(), MAX_DEPTH)
    except (MalformedBody, UnicodeEncodeError):
        raise BrokenRule("array") from None
    return value or {} if isinstance(value, dict | list) else value


@dataclass(frozen=True)
class Url(Type):
    """A read-only URL: `template` with `{}` for the value; without a value it is `""`, unless it is `always` shown."""

    template: str
    of: Type
    always: bool = True

    def parse(self, value: Any) -> Any:
        raise BrokenRule("string")

    def read_back(self, shown: Any) -> Any:
        raise NotGiven  # a URL of the other installation

    def format(self, value: Any) -> str:
        shown = self.of.format(value)
        return self.template.format(shown) if shown or self.always else ""

    def schema(self) -> Schema:
        return {"type": "string", "format": "uri"} if self.always else {"type": "string"}


@dataclass(frozen=True)
class JsonObject(Type):
    """A free JSON object of at most `max_bytes` as JSON, stored as given; null, "" and [] are empty objects.

    It may be sent as JSON text, as forms and client programs with flat fields do.
    """

    max_bytes: int = 65_536

    def parse(self, value: Any) -> dict[str, Any]:
        if value in (None, "", []):
            return {}
        value = _from_text(value) if isinstance(value, str) else value
        if not isinstance(value, dict):
            raise BrokenRule("array")
        encoded = orjson.dumps(value)
        if len(encoded) > self.max_bytes:
            raise BrokenRule("max", {"max": self.max_bytes})
        if b"\\u0000" in encoded:
            raise BrokenRule("characters")
        return value

    def schema(self) -> Schema:
        return {"type": "object"}

    def input_schema(self) -> Schema:
        return {"anyOf": [{"type": ["object", "null"]}, {"type": "array", "items": {}, "maxItems": 0}, NOTHING]}
