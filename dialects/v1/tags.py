"""The tags of a client: in /api/v1 an array of their titles, as in /api."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.errors import BrokenRule
from schemas.types import ListOf, Schema, TrimmedText


@dataclass(frozen=True)
class TagTitle(TrimmedText):
    """A tag by its title, or by an object with the title as `name`, as in the vendor's other lists of names."""

    def parse(self, value: Any) -> str:
        if isinstance(value, Mapping) and not isinstance(value.get("name"), str):
            raise BrokenRule("string")
        return super().parse(value["name"] if isinstance(value, Mapping) else value)

    def input_schema(self) -> Schema:
        title = super().input_schema()
        name = title | {"type": "string", "description": "The tag's title."}
        return {"anyOf": [title, {"type": "object", "properties": {"name": name}, "required": ["name"]}]}

    def text_schema(self, needed: bool = False) -> Schema:
        return super().input_schema() | {"type": "string"}


@dataclass(frozen=True)
class Tags(ListOf):
    """All tags of a client. Null is ignored; an empty array, in any form, removes all tags."""

    def parse(self, value: Any) -> list[str]:
        return [title for title in super().parse(value) if title]

    def is_absent(self, value: Any) -> bool:
        return value is None


TITLES: Schema = {"type": "array", "items": {"type": "string"}}
TAGS = Tags(TagTitle(max=100), max_items=200)
