"""Conversions that only this dialect has."""

from dataclasses import dataclass

from schemas.types import Integer, Schema, Text


@dataclass(frozen=True)
class Street(Text):
    """A street in one line, which stands for two stored lines. A new street must fit into the first of them."""

    max: int = 1024
    line: int = 255

    def input_schema(self) -> Schema:
        return super().input_schema() | {"maxLength": self.line}


@dataclass(frozen=True)
class NullableId(Integer):
    """An id, null if there is none; read only."""

    def schema(self) -> Schema:
        return super().schema() | {"type": ["integer", "null"]}
