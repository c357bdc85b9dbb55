"""Conversions: each is a type that parses what a client sends, formats what it reads, and describes itself.

`parse` takes JSON values and form strings alike and raises `BrokenRule`; `format` takes the register's value;
`schema` and `input_schema` are JSON Schema (2020-12) of what is answered and of what is accepted.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cached_property, lru_cache
from typing import Any

import orjson

from core import countries
from core.clock import SECOND
from schemas.errors import BrokenRule
from schemas.hashing import Hashids

Schema = dict[str, Any]

MAX_ID = 2**63 - 1
_LONGEST_VIEW = 1024  # characters of what several columns are shown as
MONEY_SCALE = 1_000_000
_MAX_MONEY = Decimal(10) ** 12
_DIGITS = 18
_INTEGER = re.compile(rf"-?[0-9]{{1,{_DIGITS}}}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
# NUL cannot be stored by every database; lone surrogates are no text at all.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_VISIBLE = re.compile(r"[^\s\x00-\x1f]")
_EMAIL_PART = r"""[^\s@<>()\[\],;:\\"\u0000-\u001f\u0085]+"""
EMAIL_PATTERN = rf"^[\t-\r ]*{_EMAIL_PART}@{_EMAIL_PART}[\t-\r ]*$"
_EMAIL = re.compile(EMAIL_PATTERN)
# What `is_blank` finds blank, for schemas: most types take it as nothing sent.
BLANK_PATTERN = r"^[\u0000-\u0020\u0085\u00a0]*$"
# White space on which Python's `strip` and every engine's `\s` agree.
SPACES = r"[\t-\r ]*"


NOTHING: Schema = {"type": "string", "maxLength": 0, "description": "Sent empty, as forms do: none of it."}


class NotTold(ValueError):
    """What is shown says nothing of the register's value."""


class Type(ABC):
    """One conversion between a client's value and the register's."""

    @abstractmethod
    def parse(self, value: Any) -> Any:
        """The register's value for what a client sent. Raises `BrokenRule`."""

    def format(self, value: Any) -> Any:
        """The client's value for the register's."""
        return value

    def read_back(self, shown: Any) -> Any:
        """The register's value for what `format` shows, elsewhere perhaps. Raises `BrokenRule`, `NotTold`."""
        return self.parse(shown)

    @property
    def verbatim(self) -> bool:
        """Whether `format` returns every value as it is."""
        return type(self).format is Type.format

    @abstractmethod
    def schema(self) -> Schema:
        """What `format` returns."""

    def input_schema(self) -> Schema:
        """What `parse` accepts."""
        return self.schema()

    def required_schema(self) -> Schema:
        """What `parse` accepts where something must be sent."""
        return self.input_schema()

    def text_schema(self, needed: bool = False) -> Schema | None:
        """What `parse` accepts as text, in a query or a flat form field; None if text cannot say it."""
        schema = self.required_schema() if needed else self.input_schema()
        kinds = schema.get("type", ())
        return schema | {"type": "string"} if "string" in kinds else None

    def is_missing(self, value: Any) -> bool:
        """Whether a sent value does not count for a required field."""
        return is_blank(value)

    def is_absent(self, value: Any) -> bool:
        """Whether a sent value is as good as none, where the type has no empty value to set."""
        return False


def is_blank(value: Any) -> bool:
    """Whether a sent value counts as nothing for a required field: null, or text in which nothing can be seen."""
    return value is None or (isinstance(value, str) and not _VISIBLE.search(value))


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
        text = str(value)
        if _UNSTORABLE.search(text):
            raise BrokenRule("characters")
        if len(text) > self.max:
            raise BrokenRule("max", {"max": self.max})
        return text

    def read_back(self, shown: Any) -> str:
        return str(self._as_shown.parse(shown))

    @cached_property
    def _as_shown(self) -> "Text":
        return replace(self, max=max(self.max, _LONGEST_VIEW))

    def format(self, value: str) -> str | None:
        return value or self.empty

    @property
    def verbatim(self) -> bool:
        return self.empty == ""

    def schema(self) -> Schema:
        return {"type": "string" if self.empty == "" else ["string", "null"]}

    def input_schema(self) -> Schema:
        return {"type": ["string", "number", "null"], "maxLength": self.max, "pattern": "^[^\\u0000]*$"}

    def required_schema(self) -> Schema:
        visible = "^[^\\u0000]*[^\\s\\u0000-\\u001f\\u0085\\ufeff][^\\u0000]*$"
        return {"type": ["string", "number"], "maxLength": self.max, "pattern": visible}


@dataclass(frozen=True)
class TrimmedText(Text):
    """Text that stands as a name or reference: white space around it is no part of it."""

    def parse(self, value: Any) -> str:
        return super().parse(value).strip()


@dataclass(frozen=True)
class Name(TrimmedText):
    """Trimmed text that may be left out and may not be emptied."""

    def parse(self, value: Any) -> str:
        if is_blank(value):
            raise BrokenRule("required")
        return super().parse(value)

    def input_schema(self) -> Schema:
        return self.required_schema()


@dataclass(frozen=True)
class Email(Type):
    """An email address (local part, @, domain), or nothing."""

    max: int = 255

    def parse(self, value: Any) -> str:
        if is_blank(value):
            return ""
        if not isinstance(value, str):
            raise BrokenRule("string")
        address = value.strip()
        if len(address) > self.max:
            raise BrokenRule("max", {"max": self.max})
        if not _EMAIL.match(address) or _UNSTORABLE.search(address):
            raise BrokenRule("email")
        return address

    def schema(self) -> Schema:
        return {"type": "string"}

    def input_schema(self) -> Schema:
        return {"type": ["string", "null"], "maxLength": self.max, "pattern": f"{EMAIL_PATTERN}|{BLANK_PATTERN}"}

    def required_schema(self) -> Schema:
        return {"type": "string", "maxLength": self.max, "pattern": EMAIL_PATTERN}


@dataclass(frozen=True)
class Integer(Type):
    """A whole number between `min` and `max`, also as digits in text."""

    min: int = -MAX_ID
    max: int = MAX_ID

    def parse(self, value: Any) -> int:
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise BrokenRule("integer")
        if value < self.min:
            raise BrokenRule("min_value", {"min": self.min})
        if value > self.max:
            raise BrokenRule("max_value", {"max": self.max})
        return value

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.min}

    def input_schema(self) -> Schema:
        needed = self.required_schema()["anyOf"]
        return {"anyOf": [*needed, {"type": ["string", "null"], "pattern": BLANK_PATTERN}]}

    def required_schema(self) -> Schema:
        digits = "^(?=[0-9]{1,18}$)0*[1-9][0-9]*$" if self.min == 1 else "^-?[0-9]{1,18}$"
        return {
            "anyOf": [
                {"type": "integer", "minimum": self.min, "maximum": self.max},
                {"type": "string", "pattern": digits},
            ]
        }

    def text_schema(self, needed: bool = False) -> Schema:
        longest = 10**_DIGITS - 1
        return {"type": "integer", "minimum": max(self.min, -longest), "maximum": min(self.max, longest)}

    def is_absent(self, value: Any) -> bool:
        return is_blank(value)


@dataclass(frozen=True)
class IntegerText(Type):
    """A whole number that is kept and shown as text (`"7"`); nothing is `empty`."""

    min: int = 0
    max: int = 10_000
    empty: str | None = ""

    def parse(self, value: Any) -> str:
        if is_blank(value):
            return ""
        return str(Integer(self.min, self.max).parse(value))

    def format(self, value: str) -> str | None:
        return value or self.empty

    def schema(self) -> Schema:
        return {"type": "string" if self.empty == "" else ["string", "null"]}

    def input_schema(self) -> Schema:
        digits = {"type": "string", "pattern": f"^0{{0,13}}([0-9]{{1,4}}|10000)$|{BLANK_PATTERN}"}
        return {"anyOf": [{"type": ["integer", "null"], "minimum": self.min, "maximum": self.max}, digits]}

    def text_schema(self, needed: bool = False) -> Schema:
        return {"type": "integer", "minimum": self.min, "maximum": self.max}


@dataclass(frozen=True)
class Money(Type):
    """An amount. The register holds millionths as an integer; the wire carries a JSON number."""

    def parse(self, value: Any) -> int:
        if isinstance(value, bool) or (isinstance(value, str) and not _NUMBER.fullmatch(value.strip())):
            raise BrokenRule("number")
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            raise BrokenRule("number") from None
        if not amount.is_finite() or abs(amount) > _MAX_MONEY:
            raise BrokenRule("max_value", {"max": _MAX_MONEY})
        return int((amount * MONEY_SCALE).to_integral_value())

    def format(self, value: int) -> int | float:
        whole, rest = divmod(value, MONEY_SCALE)
        return value / MONEY_SCALE if rest else whole

    def schema(self) -> Schema:
        return {"type": "number"}


_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


@dataclass(frozen=True)
class Boolean(Type):
    """True or false, also as the words that forms send."""

    def parse(self, value: Any) -> bool:
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
        return {"type": "string", "enum": sorted(_TRUE | _FALSE)}


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
        return self.optional and is_blank(value)


@dataclass(frozen=True)
class UnixTime(Type):
    """A moment as whole seconds since the epoch; an ISO 8601 date is taken too. The register holds microseconds."""

    def parse(self, value: Any) -> int:
        text = str(value).strip()
        if _NUMBER.fullmatch(text) and not isinstance(value, bool):
            farthest = Decimal(MAX_ID // SECOND)
            return int(max(-farthest, min(Decimal(text), farthest)) * SECOND)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise BrokenRule("date") from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    def format(self, value: int) -> int:
        return value // SECOND

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": 0}

    def input_schema(self) -> Schema:
        return self.text_schema()

    def text_schema(self, needed: bool = False) -> Schema:
        seconds = {"type": "string", "pattern": "^-?[0-9]{1,18}([.][0-9]{1,18})?$"}
        return {"anyOf": [seconds, {"type": "string", "format": "date"}]}


@lru_cache(maxsize=1024)  # what is made together has the same moments many times over
def _to_the_second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


@dataclass(frozen=True)
class IsoTime(UnixTime):
    """A moment as ISO 8601 in UTC with microseconds, `2026-06-15T09:30:00.000000Z`."""

    def format(self, value: int) -> str:  # type: ignore[override]
        seconds, micros = divmod(value, SECOND)
        return f"{_to_the_second(seconds)}.{micros:06d}Z"

    def schema(self) -> Schema:
        return {"type": "string", "format": "date-time"}


_LONGEST_HASH = 128


@lru_cache(maxsize=65_536)
def _decode(codec: Hashids, text: str) -> int | None:
    number = codec.number(text)
    return number if number is not None and 0 < number <= MAX_ID else None


@lru_cache(maxsize=65_536)
def _encode(codec: Hashids, number: int) -> str:
    return str(codec.encode(number))


@dataclass(frozen=True)
class HashedId(Type):
    """An id as Hashids writes it (`VolejRejNm` is 1); no id is `""`, unless it is `always` there."""

    codec: Hashids
    always: bool = False

    def parse(self, value: Any) -> int | None:
        if is_blank(value):
            return None
        decoded = self.decode(value) if isinstance(value, str) else None
        if decoded is None:
            raise BrokenRule("exists")
        return decoded

    def decode(self, text: str) -> int | None:
        """The id, or None if this text encodes none."""
        return _decode(self.codec, text) if len(text) <= _LONGEST_HASH else None

    def format(self, value: int | None) -> str:
        return _encode(self.codec, value) if value else ""

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^[0-9A-Za-z]+$" if self.always else "^[0-9A-Za-z]*$"}

    def input_schema(self) -> Schema:
        return {"type": ["string", "null"], "maxLength": _LONGEST_HASH, "pattern": f"^[0-9A-Za-z]*$|{BLANK_PATTERN}"}

    def required_schema(self) -> Schema:
        return {"type": "string", "maxLength": _LONGEST_HASH, "pattern": "^[0-9A-Za-z]+$"}


@dataclass(frozen=True)
class CountryNumber(Type):
    """A country's ISO 3166-1 numeric code as text without leading zeros (`"840"`, `"8"`); none is `""`."""

    def parse(self, value: Any) -> int:
        if is_blank(value):
            return 0
        text = str(value).strip()
        number = int(text) if _INTEGER.fullmatch(text) and not isinstance(value, bool) else -1
        if number != 0 and not countries.exists(number):
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
        # A pattern: an enumeration would cost every reader of the file 250 lines and every tester as many cases.
        numbers = "|".join(map(str, countries.numbers()))
        return {
            "title": "CountryNumber",
            "type": "string",
            "pattern": rf"^{SPACES}0{{0,15}}({numbers}){SPACES}$|^0{{0,18}}$|{BLANK_PATTERN}",
        }


@dataclass(frozen=True)
class CountryCode(Type):
    """A country's alpha-2 or alpha-3 code, accepted on write where the numeric one is shown."""

    def parse(self, value: Any) -> int:
        if is_blank(value):
            return 0
        number = countries.by_code(value) if isinstance(value, str) else None
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


@dataclass(frozen=True)
class ListOf(Type):
    """An array of values of one type; blanks, as forms send them for an empty list, are no items."""

    item: Type
    max_items: int = 1000
    min_items: int = 0

    def parse(self, value: Any) -> list[Any]:
        value = [] if value in ("", None) else value
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
            return array | {"minItems": self.min_items, "contains": self.item.required_schema()}
        return {"anyOf": [array, NOTHING]}

    def form_schema(self) -> Schema:
        """What a form may hold under `key[]`: one item or several."""
        item = self.item.text_schema(needed=self.min_items > 0) or {"type": "string"}
        several = {"type": "array", "items": item, "minItems": 1, "maxItems": self.max_items}
        return {"anyOf": [several, item]}

    def is_missing(self, value: Any) -> bool:
        return value is None


@dataclass(frozen=True)
class Url(Type):
    """A read-only URL: `template` with `{}` where the value stands; no value is `""`, unless it is `always` there."""

    template: str
    of: Type
    always: bool = True

    def parse(self, value: Any) -> Any:
        raise BrokenRule("string")

    def read_back(self, shown: Any) -> Any:
        raise NotTold  # whoever shows it has a place of its own

    def format(self, value: Any) -> str:
        shown = self.of.format(value)
        return self.template.format(shown) if shown or self.always else ""

    def schema(self) -> Schema:
        return {"type": "string", "format": "uri"} if self.always else {"type": "string"}


@dataclass(frozen=True)
class JsonObject(Type):
    """A free JSON object of at most `max_bytes` as JSON, kept as it was given; nothing, as PHP writes it, is empty."""

    max_bytes: int = 65_536

    def parse(self, value: Any) -> dict[str, Any]:
        if value in (None, "", []):
            return {}
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
