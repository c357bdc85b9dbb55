"""Conversions that only this dialect has."""

import re
from dataclasses import dataclass
from typing import Any

from core.text import countries
from core.text.secrets import MASK
from schemas.errors import BrokenRule
from schemas.types import (
    BLANK_PATTERN,
    MAX_ID,
    SPACES,
    CountryCode,
    CountryNumber,
    HashedId,
    Integer,
    IntegerText,
    JsonObject,
    NotGiven,
    Schema,
    Text,
    Type,
    is_blank,
    trimmed,
    whole_number,
)

NEWER = "2026"
"""The edition that also shows the keys of the vendor's current client that the API document does not have."""
_NO_COUNTRY = -1
_STRONG = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9]).{7,255}", re.DOTALL)


@dataclass(frozen=True)
class ContactPassword(Type):
    """A write-only password, shown as a mask if it is set. A mask that is written back changes nothing.

    A mask is any number of asterisks, because client programs show and send back any number. A blank value changes
    nothing either.
    """

    def parse(self, value: Any) -> str:
        if is_blank(value) or _is_mask(value):
            return ""
        text = Text(max=255).parse(value)
        if not _STRONG.fullmatch(text):
            raise BrokenRule("password")
        return text

    def read_back(self, shown: Any) -> str:
        if _is_mask(shown):
            raise BrokenRule("masked")
        raise NotGiven

    def format(self, value: bool) -> str:
        return MASK if value else ""

    def schema(self) -> Schema:
        return {"type": "string", "enum": ["", MASK]}

    def input_schema(self) -> Schema:
        strong = r"^(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=[^0-9]*[0-9])[^\u0000]{7,255}$"
        return {"type": ["string", "null"], "pattern": rf"^{SPACES}\*+{SPACES}$|{strong}|{BLANK_PATTERN}"}


def _is_mask(value: Any) -> bool:
    return isinstance(value, str) and set(trimmed(value)) == {"*"}


@dataclass(frozen=True)
class ContactId(HashedId):
    """The id of a contact in a client's array.

    A value that decodes to nothing, such as a client program's `-7`, counts as none: the contact is new.
    """

    def parse(self, value: Any) -> int | None:
        if isinstance(value, bool | list | dict):
            raise BrokenRule("exists")
        return self.decode(value) if isinstance(value, str) else None

    def read_back(self, shown: Any) -> int | None:
        return super().parse(shown)

    def input_schema(self) -> Schema:
        return {"type": ["string", "number", "null"]}


@dataclass(frozen=True)
class Settings(JsonObject):
    """The client's settings: always `entity` and `currency_id`, other keys as they were given."""

    entity: str = "App\\Models\\Client"

    def parse(self, value: Any) -> dict[str, Any]:
        settings = {key: each for key, each in super().parse(value).items() if key != "entity"}
        if "currency_id" in settings:
            settings["currency_id"] = str(settings["currency_id"] or "") or None
        if settings.get("language_id"):
            settings["language_id"] = str(settings["language_id"])
        return settings

    def format(self, value: dict[str, Any]) -> dict[str, Any]:
        return {"entity": self.entity} | value

    def schema(self) -> Schema:
        # A pattern is as strict, and code generators escape the backslashes of a constant twice.
        exactly = {"type": "string", "pattern": f"^{re.escape(self.entity)}$"}
        return {
            "type": "object",
            "properties": {
                "entity": exactly | {"description": "The kind of record that has the settings."},
                "currency_id": {"type": "string", "description": "The client's currency."},
            },
            "required": ["entity", "currency_id"],
            "additionalProperties": True,
        }


@dataclass(frozen=True)
class GroupSettings(Settings):
    """The settings of a group: keys as they were given, none of them required."""

    def format(self, value: dict[str, Any]) -> dict[str, Any]:
        return value

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": True}


@dataclass(frozen=True)
class AsSent(Type):
    """A value whose type depends on another value of the request."""

    def parse(self, value: Any) -> Any:
        return value

    def schema(self) -> Schema:
        return {"type": ["string", "number", "null"]}

    def text_schema(self, needed: bool = False) -> Schema:
        return {"type": "string"}


class ReadOnly(Type):
    """A conversion of values that are shown and never sent."""

    def parse(self, value: Any) -> Any:
        raise BrokenRule("string")


@dataclass(frozen=True)
class CountryToFind(CountryNumber):
    """A country in a filter, by number or code. A number that no country has finds nothing."""

    def parse(self, value: Any) -> int:
        text = trimmed(str(value))
        number = whole_number(text)
        if number is not None:
            return number if countries.exists(number) else _NO_COUNTRY
        return CountryCode().parse(text) or _NO_COUNTRY

    def text_schema(self, needed: bool = False) -> Schema:
        codes = str(CountryCode().text_schema()["pattern"])
        return {"type": "string", "pattern": rf"^{SPACES}-?[0-9]+{SPACES}$|{codes}"}


@dataclass(frozen=True)
class NumberToFind(IntegerText):
    """A number that is stored as text, in a filter: one that is too large finds nothing."""

    def parse(self, value: Any) -> str:
        return str(Integer(0, MAX_ID, capped=True).parse(value))

    def text_schema(self, needed: bool = False) -> Schema:
        return {"type": "integer", "minimum": 0}


@dataclass(frozen=True)
class HashedIdToFind(HashedId):
    """A hashed id in a filter: one that cannot be decoded finds nothing."""

    def parse(self, value: Any) -> int:
        return self.decode(str(value)) or 0

    def text_schema(self, needed: bool = False) -> Schema:
        return {"type": "string"}
