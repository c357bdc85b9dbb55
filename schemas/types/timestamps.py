"""Times: the register stores microseconds since the epoch."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from core.text.clock import SECOND, now
from schemas.errors import BrokenRule
from schemas.types.base import MAX_ID, NUMBER, SPACES, Schema, Type, trimmed

_DAY = 24 * 3600 * SECOND
_LEAP_YEAR = "[0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00"
_DATE = (
    "((?!0000)[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    f"|({_LEAP_YEAR})-02-29)"
)
_TIME, _ZONE = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?", "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?"
# A date of ISO 8601, with or without a time of day, in the forms that programs send.
_MOMENT = re.compile(f"{_DATE}([T ]{_TIME}{_ZONE})?")


@dataclass(frozen=True)
class UnixTime(Type):
    """A time as whole seconds since the epoch; an ISO 8601 date is accepted too."""

    def parse(self, value: Any) -> int:
        text = trimmed(str(value))
        if NUMBER.fullmatch(text) and not isinstance(value, bool):
            farthest = Decimal(MAX_ID // SECOND)
            return int(max(-farthest, min(Decimal(text), farthest)) * SECOND)
        if not _MOMENT.fullmatch(text):
            raise BrokenRule("date")
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
        moment = {"type": "string", "pattern": f"^{SPACES}{_MOMENT.pattern}{SPACES}$"}
        return {"anyOf": [{"type": "string", "pattern": f"^{SPACES}{self._seconds}{SPACES}$"}, moment]}

    _seconds = "-?[0-9]+([.][0-9]+)?"


@dataclass(frozen=True)
class PastTime(UnixTime):
    """A time in a filter that is at most a day from now, which allows for clocks that are ahead.

    A later time, such as a number of milliseconds, would find nothing, and so suggest that nothing has changed.
    """

    _seconds = "(-[0-9]+|0*[0-9]{1,10})([.][0-9]+)?"

    def parse(self, value: Any) -> int:
        timestamp = super().parse(value)
        if timestamp > now() + _DAY:
            raise BrokenRule("future")
        return timestamp


@lru_cache(maxsize=1024)  # records that are created together have equal times
def _iso_second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


@dataclass(frozen=True)
class IsoTime(UnixTime):
    """A time as ISO 8601 in UTC with microseconds, `2026-06-15T09:30:00.000000Z`."""

    def format(self, value: int) -> str:  # type: ignore[override]
        seconds, micros = divmod(value, SECOND)
        return f"{_iso_second(seconds)}.{micros:06d}Z"

    def schema(self) -> Schema:
        return {"type": "string", "format": "date-time"}
