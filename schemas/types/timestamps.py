"""Moments: the register holds microseconds since the epoch."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from core.text.clock import SECOND, now
from schemas.errors import BrokenRule
from schemas.types.base import MAX_ID, NUMBER, Schema, Type

_DAY = 24 * 3600 * SECOND


@dataclass(frozen=True)
class UnixTime(Type):
    """A moment as whole seconds since the epoch; an ISO 8601 date is taken too. The register holds microseconds."""

    def parse(self, value: Any) -> int:
        text = str(value).strip()
        if NUMBER.fullmatch(text) and not isinstance(value, bool):
            farthest = Decimal(MAX_ID // SECOND)
            return int(max(-farthest, min(Decimal(text), farthest)) * SECOND)
        try:
            timestamp = datetime.fromisoformat(text)
        except ValueError:
            raise BrokenRule("date") from None
        timestamp = timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)
        return (timestamp - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    def format(self, value: int) -> int:
        return value // SECOND

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": 0}

    def input_schema(self) -> Schema:
        return self.text_schema()

    def text_schema(self, needed: bool = False) -> Schema:
        return {"anyOf": [{"type": "string", "pattern": self._seconds}, {"type": "string", "format": "date"}]}

    _seconds = "^-?[0-9]+([.][0-9]+)?$"


@dataclass(frozen=True)
class PastTime(UnixTime):
    """A moment to search by, which a clock may have come to: up to a day from now, for whoever's clock is ahead.

    A later one, such as any number of milliseconds, would find nothing and so say that nothing has changed.
    """

    _seconds = "^(-[0-9]+|0*[0-9]{1,10})([.][0-9]+)?$"

    def parse(self, value: Any) -> int:
        timestamp = super().parse(value)
        if timestamp > now() + _DAY:
            raise BrokenRule("future")
        return timestamp


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
