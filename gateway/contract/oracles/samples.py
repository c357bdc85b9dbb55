"""Sample values for the fields of a table: each is shown as it was sent, and no two fields get the same one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.contract.oracles.scene import Scene
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
    Name,
    Text,
    TrimmedText,
)

_COLUMN = 255  # characters that most columns hold
_LONGEST = 65_535
_KEPT = ("number",)  # cleared, it stays what it was
# What changes where text is normalised, escaped, decoded twice, or kept in a column for the first plane alone.
AWKWARD = "e\u0301 \U0001f701 \ufb01\u00bd <&>&amp;\"'\\ %5B_+\n\t\u00df."


@dataclass(frozen=True)
class Sample:
    """A value to send, and the value that must be shown, or a part of it if the field adds something."""

    sent: Any
    shown: Any
    is_part: bool = False


def samples(scene: Scene, row: Field, references: Mapping[str, Any]) -> Iterator[Sample]:
    """Yield values for a field, finally those that clear it. `references` has ids of other records by key."""
    for value in _values(scene, row, references):
        yield Sample(value, value, isinstance(value, dict))
    if type(row.type) is JsonObject:  # replaced as a whole, unlike settings
        for empty in (None, ""):
            whole = {f"other{next(scene.counter)}": [1, None]}
            yield from (Sample(whole, whole), Sample(empty, {}))
    if isinstance(row.type, Boolean):
        for empty in (None, ""):
            yield from (Sample(True, True), Sample(empty, False))
    for empty in _empty(row):
        yield from (Sample("", empty), *_refilled(scene, row), Sample(None, empty), *_refilled(scene, row))


def _values(scene: Scene, row: Field, references: Mapping[str, Any]) -> Iterator[Any]:
    kind, key = row.type, row.input_key
    if key in references:
        yield references[key]
    elif isinstance(kind, Email):
        yield scene.email()
        yield f"Long.{'x' * 60}.{scene.email()}"
    elif isinstance(kind, Text):
        yield _odd(scene, kind, key)
        yield _long(scene, kind, key)
        yield _digits(scene, kind)
    elif isinstance(kind, IntegerText):
        yield from (str(10 + next(scene.counter) % 80), "0", str(kind.max))
    elif isinstance(kind, CountryNumber):
        yield from ("276", "8", "840")
    elif isinstance(kind, Boolean):
        yield from (True, False, True)
    elif isinstance(kind, Choice):
        yield from kind.words
    elif isinstance(kind, JsonObject):
        text = f"{AWKWARD} {scene.run} {next(scene.counter)}"
        yield {"proof": text, "number": 1.5, "list": [1, {"deep": None}, "007"], "no": False}
    elif isinstance(kind, ListOf):
        yield [f"{key} b {scene.run}", f"{key} a", AWKWARD]
        yield ["b", "B", "ä", "Ä"]  # letters in another case are other letters
        yield [f"{key} {number}" for number in range(kind.max_items)]


def _odd(scene: Scene, kind: Text, key: str) -> str:
    number = next(scene.counter)
    # Names of documents lose folders and control characters.
    awkward = re.sub(r"[\\\n\t]", "", AWKWARD) if isinstance(kind, Name) else AWKWARD
    return f"Ünï-Code {scene.run} {key} {awkward} 漢字 {number}" if kind.max >= 100 else f"Ü'漢 {number} {scene.run}"


def _long(scene: Scene, kind: Text, key: str) -> str:
    # Of the maximal length, so that cutting anywhere shows; the end differs from field to field.
    length = min(kind.max, _COLUMN if kind.max <= 1024 else _LONGEST)
    number = next(scene.counter)
    head = f"{key} {scene.run} {number} " if length >= 100 else f"{number} "
    return head + "é" * (length - len(head) - 1) + "Z"


def _digits(scene: Scene, kind: Text) -> str:
    """Return digits that are not a number, which no run used before unless the field is too short for that."""
    number, run = next(scene.counter), int(scene.run, 16)
    text = f"00{run}{number}0"
    return text if len(text) <= kind.max else f"00{number}0"


def _empty(row: Field) -> list[Any]:
    """Return a list of what a cleared field shows; an empty list if it cannot be cleared."""
    kind = row.type
    if (
        row.input_key in _KEPT
        or isinstance(kind, Name | Boolean | Choice | JsonObject | ListOf | Integer | Email)
        or row.required
    ):
        return []
    if isinstance(kind, Text | IntegerText):
        return [kind.empty]
    return [""] if isinstance(kind, CountryNumber | HashedId) else []


def _refilled(scene: Scene, row: Field) -> Iterator[Sample]:
    kind = row.type
    if isinstance(kind, CountryNumber):
        yield Sample("276", "276")
    elif isinstance(kind, IntegerText):
        yield Sample("21", "21")
    elif isinstance(kind, Text | TrimmedText):
        text = scene.unique("+49 again")
        yield Sample(text, text)
