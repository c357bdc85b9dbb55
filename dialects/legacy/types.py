"""Conversions that only this dialect knows."""

from dataclasses import dataclass

from schemas.types import Integer, Schema, Text


@dataclass(frozen=True)
class Street(Text):
    """A street in one line, a view of two: a new one must fit the first, one written back may be as long as both."""

    max: int = 1024
    line: int = 255

    def input_schema(self) -> Schema:
        return super().input_schema() | {"maxLength": self.line}


@dataclass(frozen=True)
class NullableId(Integer):
    """An id, null where there is none; only shown."""

    def schema(self) -> Schema:
        return super().schema() | {"type": ["integer", "null"]}
