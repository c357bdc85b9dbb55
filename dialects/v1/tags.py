"""Tags of a client: in /api/v1 an array of their titles, as /api shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.types import ListOf, Schema, TrimmedText


@dataclass(frozen=True)
class TagTitle(TrimmedText):
    """A tag by its title, or by an object with it as `name`, as the vendor's other lists of names have it."""

    def parse(self, value: Any) -> str:
        return super().parse(value.get("name") if isinstance(value, Mapping) else value)


@dataclass(frozen=True)
class Tags(ListOf):
    """All tags of a client. Null says nothing of them; the empty array, as forms write it too, removes them."""

    def parse(self, value: Any) -> list[str]:
        return [title for title in super().parse(value) if title]

    def is_absent(self, value: Any) -> bool:
        return value is None


TITLES: Schema = {"type": "array", "items": {"type": "string"}}
TAGS = Tags(TagTitle(max=100), max_items=200)
