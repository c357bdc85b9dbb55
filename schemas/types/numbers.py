"""Whole numbers and amounts of money."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from schemas.errors import BrokenRule
from schemas.types.base import BLANK_PATTERN, MAX_ID, NUMBER, Schema, Type, is_blank, trimmed, whole, whole_number

MONEY_SCALE = 1_000_000
_MAX_MONEY = Decimal(10) ** 12
_BEYOND_MONEY = _MAX_MONEY + 1
_NO_FRACTION = re.compile(r"(?<=[0-9])\.0+$")


@dataclass(frozen=True)
class Integer(Type):
    """A whole number between `min` and `max`, also as text; `5.0` is a whole number, as in JSON Schema.

    If `capped`, larger numbers count as `max`.
    """

    min: int = -MAX_ID
    max: int = MAX_ID
    capped: bool = False

    def parse(self, value: Any) -> int:
        number = whole_number(_NO_FRACTION.sub("", value)) if isinstance(value, str) else whole(value)
        if isinstance(number, bool) or not isinstance(number, int):
            raise BrokenRule("integer")
        if number < self.min:
            raise BrokenRule("min_value", {"min": self.min})
        if number > self.max and not self.capped:
            raise BrokenRule("max_value", {"max": self.max})
        return min(number, self.max)

    def read_back(self, shown: Any) -> int:
        return replace(self, capped=False).parse(shown)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.min}

    def input_schema(self) -> Schema:
        needed = self.required_schema()["anyOf"]
        return {"anyOf": [*needed, {"type": ["string", "null"], "pattern": BLANK_PATTERN}]}

    def required_schema(self) -> Schema:
        digits = "^0*[1-9][0-9]*([.]0+)?$" if self.min == 1 else "^-?[0-9]+([.]0+)?$"
        return {"anyOf": [self.text_schema(), {"type": "string", "pattern": digits}]}

    def text_schema(self, needed: bool = False) -> Schema:
        return {"type": "integer", "minimum": self.min} | ({} if self.capped else {"maximum": self.max})

    def is_absent(self, value: Any) -> bool:
        return is_blank(value)


@dataclass(frozen=True)
class IntegerText(Type):
    """A whole number that is stored and shown as text (`"7"`); none is `empty`."""

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
        digits = {"type": "string", "pattern": f"^0*([0-9]{{1,4}}|10000)([.]0+)?$|{BLANK_PATTERN}"}
        return {"anyOf": [{"type": ["integer", "null"], "minimum": self.min, "maximum": self.max}, digits]}

    def text_schema(self, needed: bool = False) -> Schema:
        return {"type": "integer", "minimum": self.min, "maximum": self.max}


@dataclass(frozen=True)
class Money(Type):
    """An amount. The register stores millionths as an integer; the API has a JSON number.

    If `capped`, as in a comparison, amounts beyond the largest possible one count as that.
    """

    capped: bool = False

    def parse(self, value: Any) -> int:
        if isinstance(value, bool) or (isinstance(value, str) and not NUMBER.fullmatch(trimmed(value))):
            raise BrokenRule("number")
        try:
            amount = Decimal(trimmed(str(value)))
        except InvalidOperation:
            raise BrokenRule("number") from None
        if self.capped:
            amount = max(-_BEYOND_MONEY, min(amount, _BEYOND_MONEY))
        elif not -_MAX_MONEY <= amount <= _MAX_MONEY:
            raise BrokenRule("max_value", {"max": _MAX_MONEY})
        return int((amount * MONEY_SCALE).to_integral_value())

    def format(self, value: int) -> int | float:
        whole, rest = divmod(value, MONEY_SCALE)
        return value / MONEY_SCALE if rest else whole

    def schema(self) -> Schema:
        return {"type": "number"}
