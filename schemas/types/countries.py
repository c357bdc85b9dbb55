"""Countries, by the numeric and the letter codes of ISO 3166-1."""

from dataclasses import dataclass
from typing import Any

from core.text import countries
from schemas.errors import BrokenRule
from schemas.types.base import BLANK_PATTERN, SPACES, Schema, Type, is_blank, trimmed, whole, whole_number


@dataclass(frozen=True)
class CountryNumber(Type):
    """A country's ISO 3166-1 numeric code as text without leading zeros (`"840"`, `"8"`); none is `""`."""

    def parse(self, value: Any) -> int:
        if is_blank(value):
            return 0
        number = None if isinstance(value, bool) else whole_number(trimmed(str(whole(value))))
        if number is None or (number != 0 and not countries.exists(number)):
            raise BrokenRule("exists")
        return number

    def format(self, value: int) -> str:
        return str(value) if value else ""

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^([1-9][0-9]{0,2})?$"}

    def input_schema(self) -> Schema:
        numbers = {"title": "CountryInteger", "type": ["integer", "null"], "enum": [None, 0, *countries.numbers()]}
        return {"anyOf": [self.text_schema(), numbers]}

    def text_schema(self, needed: bool = False) -> Schema:
        # A pattern, because an enumeration would take 250 lines in the document.
        numbers = "|".join(map(str, countries.numbers()))
        return {
            "title": "CountryNumber",
            "type": "string",
            "pattern": rf"^{SPACES}0*({numbers})?{SPACES}$|{BLANK_PATTERN}",
        }


@dataclass(frozen=True)
class CountryCode(Type):
    """A country's alpha-2 or alpha-3 code, accepted on write where the numeric one is shown."""

    def parse(self, value: Any) -> int:
        if is_blank(value):
            return 0
        is_code = isinstance(value, str) and trimmed(value) == value.strip()
        number = countries.by_code(value) if is_code else None
        if number is None:
            raise BrokenRule("exists")
        return number

    def schema(self) -> Schema:
        return {"type": "string"}

    def input_schema(self) -> Schema:
        return {"anyOf": [self.text_schema(), {"type": "null"}]}

    def text_schema(self, needed: bool = False) -> Schema:
        codes = "|".join("".join(f"[{letter}{letter.lower()}]" for letter in code) for code in countries.codes())
        return {"title": "CountryCode", "type": "string", "pattern": rf"^{SPACES}({codes}){SPACES}$|{BLANK_PATTERN}"}
