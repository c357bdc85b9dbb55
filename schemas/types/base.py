"""The base class of conversions, and what several of them regard as blank, as a number, or as invalid text."""

import re
from abc import ABC, abstractmethod
from typing import Any

Schema = dict[str, Any]

MAX_ID = 2**63 - 1
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_INTEGER = re.compile("-?0*([0-9]+)")
_MAX_DIGITS = 40
_BEYOND: int = 10**_MAX_DIGITS  # beyond every limit
# Not every database can store NUL; lone surrogates are not valid text.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_VISIBLE = re.compile(r"[^\s\x00-\x1f]")
# The values that `is_blank` finds blank, for schemas: most types treat them as not sent.
BLANK_PATTERN = r"^[\u0000-\u0020\u0085\u00a0]*$"
# White space on which Python's `strip` and every engine's `\s` agree.
SPACES = r"[\t-\r ]*"
_SPACES = "\t\n\v\f\r "


NOTHING: Schema = {"type": "string", "maxLength": 0, "description": "An empty text, which forms send for nothing."}


class NotGiven(ValueError):
    """The shown value says nothing about the register's value."""


def whole_number(text: str) -> int | None:
    """Return the whole number that a text of decimal digits denotes; None if it does not.

    A number beyond every limit is not parsed exactly, because parsing all its digits could take very long.
    """
    found = _INTEGER.fullmatch(text)
    if found is None:
        return None
    if len(found[1]) > _MAX_DIGITS:
        return -_BEYOND if text.startswith("-") else _BEYOND
    return int(text)


def trimmed(text: str) -> str:
    """Return the text without surrounding white space (`SPACES`); a no-break space belongs to the text."""
    return text.strip(_SPACES)


def in_any_case(word: str) -> str:
    """Return a regular expression for an ASCII word in any case."""
    return "".join(f"[{letter.upper()}{letter.lower()}]" if letter.isalpha() else letter for letter in word)


def whole(value: Any) -> Any:
    """Return a number without a fraction as an integer, as JSON Schema regards it (2020-12, section 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Type(ABC):
    """One conversion between a client's value and the register's."""

    @abstractmethod
    def parse(self, value: Any) -> Any:
        """Return the register's value of what a client sent. Raises `BrokenRule`."""

    def format(self, value: Any) -> Any:
        """Return the client's value of the register's."""
        return value

    def read_back(self, shown: Any) -> Any:
        """Return the register's value of what `format` shows, perhaps elsewhere. Raises `BrokenRule`, `NotGiven`."""
        return self.parse(shown)

    @property
    def verbatim(self) -> bool:
        """Whether `format` returns every value unchanged."""
        return type(self).format is Type.format

    @abstractmethod
    def schema(self) -> Schema:
        """Return the schema of what `format` returns."""

    def input_schema(self) -> Schema:
        """Return the schema of what `parse` accepts."""
        return self.schema()

    def required_schema(self) -> Schema:
        """Return the schema of what `parse` accepts for a required field."""
        return self.input_schema()

    def text_schema(self, needed: bool = False) -> Schema | None:
        """Return the schema of what `parse` accepts as text, in a query or a flat form field; None for no text."""
        schema = self.required_schema() if needed else self.input_schema()
        kinds = schema.get("type", ())
        return schema | {"type": "string"} if "string" in kinds else None

    def is_missing(self, value: Any) -> bool:
        """Return whether a sent value counts as missing for a required field."""
        return is_blank(value)

    def is_absent(self, value: Any) -> bool:
        """Return whether a sent value counts as not sent, for types without an empty value."""
        return False


def is_blank(value: Any) -> bool:
    """Return whether a sent value counts as nothing for a required field: null, or text without a visible character."""
    return value is None or (isinstance(value, str) and not _VISIBLE.search(value))
