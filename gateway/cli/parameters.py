"""Parameters of several commands, and parsers for the command line made of the schemas' types."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer

from core.errors import Problem
from schemas.errors import BrokenRule, in_words
from schemas.types import Email, Integer, Text, TrimmedText, Type

Company = Annotated[
    str | None, typer.Option("--company", metavar="NAME", help="The company; may be left out if there is only one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print an array of JSON objects.")]


class DialectName(StrEnum):
    """The names of the dialects."""

    API = "api"
    V1 = "v1"


def parsed_by(kind: Type, name: str, required: bool = False) -> Callable[[str], Any]:
    """Return a parser that accepts what the type does; if `required`, nothing blank."""

    def parse(text: str) -> Any:
        try:
            if required and kind.is_missing(text):
                raise BrokenRule("required")
            return kind.parse(text)
        except BrokenRule as broken:
            raise typer.BadParameter(in_words(Problem(name, broken.rule, broken.params))) from broken

    return parse


def text(name: str, required: bool = False) -> Callable[[str], Any]:
    """Return a parser of names and titles."""
    return parsed_by(TrimmedText(), name, required)


record_id = parsed_by(Integer(1, capped=True), "id")
email = parsed_by(Email(), "email", required=True)
password = parsed_by(Text(), "password", required=True)
