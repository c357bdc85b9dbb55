"""Codes of currencies and languages, accepted instead of the vendor's ids in settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.text import currency_codes, languages
from schemas.errors import BrokenRule
from schemas.types import BLANK_PATTERN, SPACES, Schema, Type, is_blank

_SPACES = "\t\n\v\f\r "


@dataclass(frozen=True)
class Code(Type):
    """A code of a fixed list, in any case; a blank one is ignored."""

    by_code: Callable[[str], str | None]
    codes: Callable[[], Sequence[str]]

    def parse(self, value: Any) -> str:
        found = self.by_code(value.strip(_SPACES).lower()) if isinstance(value, str) and value.isascii() else None
        if found is None:
            raise BrokenRule("exists")
        return found

    def is_absent(self, value: Any) -> bool:
        return is_blank(value)

    def schema(self) -> Schema:
        return {"type": "string"}

    def input_schema(self) -> Schema:
        codes = "|".join("".join(map(_either, code)) for code in self.codes())
        return {"type": ["string", "null"], "pattern": rf"^{SPACES}({codes}){SPACES}$|{BLANK_PATTERN}"}


def _either(letter: str) -> str:
    return "[_-]" if letter == "_" else f"[{letter.upper()}{letter.lower()}]"


CURRENCY_CODE = Code(currency_codes.by_code, currency_codes.codes)
LANGUAGE_CODE = Code(languages.by_code, languages.codes)
