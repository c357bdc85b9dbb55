"""Ids that are hashed in the API."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from schemas.errors import BrokenRule
from schemas.hashing import Hashids
from schemas.types.base import BLANK_PATTERN, MAX_ID, Schema, Type, is_blank

_MAX_HASH = 128


@lru_cache(maxsize=65_536)
def _decode(codec: Hashids, text: str) -> int | None:
    number = codec.number(text)
    return number if number is not None and 0 < number <= MAX_ID else None


@lru_cache(maxsize=65_536)
def _encode(codec: Hashids, number: int) -> str:
    return str(codec.encode(number))


@dataclass(frozen=True)
class HashedId(Type):
    """An id as Hashids writes it (`VolejRejNm` is 1); no id is `""`, unless it is `always` present."""

    codec: Hashids
    always: bool = False

    def parse(self, value: Any) -> int | None:
        is_short = isinstance(value, str) and len(value) <= _MAX_HASH
        if value is None or (is_short and is_blank(value)):
            return None
        decoded = self.decode(value) if is_short else None
        if decoded is None:
            raise BrokenRule("exists")
        return decoded

    def decode(self, text: str) -> int | None:
        """Return the id; None if this text encodes none."""
        return _decode(self.codec, text) if len(text) <= _MAX_HASH else None

    def format(self, value: int | None) -> str:
        return _encode(self.codec, value) if value else ""

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^[0-9A-Za-z]+$" if self.always else "^[0-9A-Za-z]*$"}

    def input_schema(self) -> Schema:
        return {"type": ["string", "null"], "maxLength": _MAX_HASH, "pattern": f"^[0-9A-Za-z]*$|{BLANK_PATTERN}"}

    def required_schema(self) -> Schema:
        return {"type": "string", "maxLength": _MAX_HASH, "pattern": "^[0-9A-Za-z]+$"}
