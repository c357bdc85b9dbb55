"""Text, and values that are written as text: names, references, email addresses."""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from schemas.errors import BrokenRule
from schemas.types.base import BLANK_PATTERN, MAX_ID, UNSTORABLE, Schema, Type, is_blank, trimmed, whole

_MAX_VIEW = 1024  # characters of several columns that are shown as one value
_EMAIL_PART = r"""[^\s@<>()\[\],;:\\"\u0000-\u001f\u0085]+"""
EMAIL_PATTERN = rf"^[\t-\r ]*{_EMAIL_PART}@{_EMAIL_PART}[\t-\r ]*$"
_EMAIL = re.compile(EMAIL_PATTERN)

_MAX_NUMBER_LENGTH = 24  # characters of the longest number: -1.7976931348623157e+308


@dataclass(frozen=True)
class Text(Type):
    """Text of at most `max` characters. `empty` is how this dialect shows the register's `""`."""

    max: int = 255
    empty: str | None = ""

    def parse(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise BrokenRule("string")
        text = str(value if self.max >= _MAX_NUMBER_LENGTH else _integer(value))
        if UNSTORABLE.search(text):
            raise BrokenRule("characters")
        if len(text) > self.max:
            raise BrokenRule("max", {"max": self.max})
        return text

    def read_back(self, shown: Any) -> str:
        return str(self._as_shown.parse(shown))

    @cached_property
    def _as_shown(self) -> "Text":
        return replace(self, max=max(self.max, _MAX_VIEW))

    def format(self, value: str) -> str | None:
        return value or self.empty

    @property
    def verbatim(self) -> bool:
        return self.empty == ""

    def schema(self) -> Schema:
        return {"type": "string" if self.empty == "" else ["string", "null"]}

    def input_schema(self) -> Schema:
        texts = {"type": ["string", "number", "null"], "maxLength": self.max, "pattern": "^[^\\u0000]*$"}
        if self.max >= _MAX_NUMBER_LENGTH:
            return texts
        least, most = max(-MAX_ID, 1 - 10 ** (self.max - 1)), min(MAX_ID, 10**self.max - 1)
        return texts | {"type": ["string", "integer", "null"], "minimum": least, "maximum": most}

    def required_schema(self) -> Schema:
        visible = "^[^\\u0000]*[^\\s\\u0000-\\u001f\\u0085\\ufeff][^\\u0000]*$"
        return {"type": ["string", "number"], "maxLength": self.max, "pattern": visible}


def _integer(value: str | float) -> str | int:
    """Return the text that was sent, or a number without a fraction as text. Raises `BrokenRule`."""
    value = whole(value)
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > MAX_ID):
        raise BrokenRule("string")
    return value


@dataclass(frozen=True)
class TrimmedText(Text):
    """A name or reference: surrounding white space is removed."""

    def parse(self, value: Any) -> str:
        return super().parse(value).strip()


@dataclass(frozen=True)
class Name(TrimmedText):
    """Trimmed text that may be omitted but not emptied."""

    def parse(self, value: Any) -> str:
        if is_blank(value):
            raise BrokenRule("required")
        return super().parse(value)

    def input_schema(self) -> Schema:
        return self.required_schema()


@dataclass(frozen=True)
class Email(Type):
    """An email address (local part, @, domain), or nothing; white space around it counts, as in other texts."""

    max: int = 255

    def parse(self, value: Any) -> str:
        if isinstance(value, str) and len(value) > self.max:
            raise BrokenRule("max", {"max": self.max})
        if is_blank(value):
            return ""
        if not isinstance(value, str):
            raise BrokenRule("string")
        address = trimmed(value)
        if not _EMAIL.match(address) or UNSTORABLE.search(address):
            raise BrokenRule("email")
        return address

    def schema(self) -> Schema:
        return {"type": "string"}

    def input_schema(self) -> Schema:
        return {"type": ["string", "null"], "maxLength": self.max, "pattern": f"{EMAIL_PATTERN}|{BLANK_PATTERN}"}

    def required_schema(self) -> Schema:
        return {"type": "string", "maxLength": self.max, "pattern": EMAIL_PATTERN}
