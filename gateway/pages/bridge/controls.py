"""The rows of a dialect's table as the controls of a form: their values, and how their text is sent.

No field is named here: the kind of a control follows from the type of its row.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from dialects.v1.codes import Code
from dialects.v1.types import ContactPassword
from gateway.pages.bridge.choices import Choices
from schemas.rows import Field
from schemas.types import (
    Boolean,
    Choice,
    CountryNumber,
    Email,
    HashedId,
    Integer,
    IntegerText,
    JsonObject,
    ListOf,
    Text,
    Type,
)

_MAX_LINE = 1024  # characters up to which a text has one line
_LINE_ENDS = re.compile(r"\r\n?|\n")
_SEVERAL_LINES = ("lines", "json", "textarea")

# By the first of these that a row's type is an instance of.
_KINDS: Sequence[tuple[type[Type], str]] = (
    (Boolean, "checkbox"),
    (ContactPassword, "password"),
    (ListOf, "lines"),
    (JsonObject, "json"),
    (Choice, "select"),
    (CountryNumber, "select"),
    (Code, "select"),
    (Integer, "number"),
    (IntegerText, "number"),
    (Email, "email"),
)


@dataclass(frozen=True)
class Option:
    """A choice: the text that is sent, and its label."""

    value: str
    label: str


@dataclass(frozen=True)
class Control:
    """One control of a form.

    `key` is the dialect's, `name` that of the control in its form. `text` is its initial text. A "select" has no values
    but its options; for other kinds they are suggestions.
    """

    name: str
    key: str
    kind: str
    text: str
    about: str = ""
    options: Sequence[Option] = ()
    is_needed: bool = False

    @property
    def id(self) -> str:
        """The control's id in the page."""
        return re.sub(r"[^A-Za-z0-9_-]", "-", self.name)

    def normal(self, text: str) -> str:
        """Return a text in its normal form: browsers change the ends of lines."""
        return _LINE_ENDS.sub("\n" if self.kind in _SEVERAL_LINES else "", text)

    def sent(self, text: str) -> Any:
        """Return the value of a text in a body of the dialect."""
        if self.kind == "checkbox":
            return bool(text)
        if self.kind == "lines":
            return [line for line in map(str.strip, text.split("\n")) if line]
        return text


def control(row: Field, verb: str, name: str, value: Any, listed: Choices) -> Control:
    """Return the control of a row, with a value of the register, which may be one of those listed."""
    kind = _kind(row.type, bool(listed))
    made = Control(name, row.input_key, kind, "", row.about, _options(row.type, kind, listed), verb in row.required)
    if kind != "select":
        return replace(made, text=made.normal(_text(row.type, kind, value)))
    text = made.normal(_chosen(row.type, made.options, value))
    return replace(made, text=text, options=[*_unlisted(row.type, made.options, text), *made.options])


def _kind(of: Type, is_listed: bool) -> str:
    if isinstance(of, Text):
        return "textarea" if of.max > _MAX_LINE else "text"
    found = next((kind for known, kind in _KINDS if isinstance(of, known)), "text")
    return "select" if is_listed and (found == "number" or isinstance(of, HashedId)) else found


def _text(of: Type, kind: str, value: Any) -> str:
    shown = of.format(value)
    if kind == "password" or shown is None:
        return ""
    if kind == "checkbox":
        return "1" if shown else ""
    if kind == "lines":
        return "\n".join(map(str, shown))
    if kind == "json":
        return orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode() if shown else ""
    return str(shown)


def _options(of: Type, kind: str, listed: Choices) -> list[Option]:
    if isinstance(of, Choice):
        return [Option(word, word) for word in of.words]
    if isinstance(of, Code):
        named = dict(listed)
        return [Option(code, str(named.get(of.parse(code), code))) for code in sorted(of.codes())]
    return [Option(str(of.format(value)), label) for value, label in listed]


def _chosen(of: Type, options: Sequence[Option], value: Any) -> str:
    if isinstance(of, Code):
        return next((option.value for option in options if of.parse(option.value) == value), "")
    return str(of.format(value) or "")


def _unlisted(of: Type, options: Sequence[Option], text: str) -> list[Option]:
    """Return options that are not in a list: nothing, if it is allowed or present, and an unlisted present value."""
    known = {option.value for option in options}
    may_be_none = "" not in known and not isinstance(of, Choice) and not (text and of.is_absent(""))
    return [Option("", "none")] * may_be_none + [Option(text, text)] * (text not in known and bool(text))
