"""One of a few words, and true or false."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from schemas.errors import BrokenRule
from schemas.types.base import Schema, Type, in_any_case, whole

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


@dataclass(frozen=True)
class Boolean(Type):
    """True or false, also as the words that forms send."""

    def parse(self, value: Any) -> bool:
        value = whole(value)
        word = "" if value is None else str(value).lower()
        if not isinstance(value, bool | int | str | None) or word not in _TRUE | _FALSE:
            raise BrokenRule("boolean")
        return word in _TRUE

    def format(self, value: Any) -> bool:
        return bool(value)

    def schema(self) -> Schema:
        return {"type": "boolean"}

    def input_schema(self) -> Schema:
        return {"anyOf": [{"type": ["boolean", "null"]}, {"type": "integer", "enum": [0, 1]}, self.text_schema()]}

    def text_schema(self, needed: bool = False) -> Schema:
        return {"type": "string", "pattern": f"^({'|'.join(map(in_any_case, sorted(_TRUE | _FALSE)))})$"}


@dataclass(frozen=True)
class Choice(Type):
    """One of a few words, each standing for a value of the register; an `optional` one may be sent empty."""

    words: Mapping[str, Any]
    optional: bool = False

    @cached_property
    def _word_of(self) -> Mapping[Any, str]:
        return {value: word for word, value in reversed(list(self.words.items()))}

    def parse(self, value: Any) -> Any:
        if not isinstance(value, str) or value not in self.words:
            raise BrokenRule("in")
        return self.words[value]

    def format(self, value: Any) -> str:
        return self._word_of[value]

    def schema(self) -> Schema:
        return {"type": "string", "enum": list(self.words)}

    def input_schema(self) -> Schema:
        return {"type": ["string", "null"], "enum": [*self.words, "", None]} if self.optional else self.schema()

    def text_schema(self, needed: bool = False) -> Schema:
        return {"type": "string", "enum": [*self.words, *([""] if self.optional else [])]}

    def is_absent(self, value: Any) -> bool:
        return self.optional and value in ("", None)
