"""The goal of a mirror, to be reached before switching over: `10000 answers, 24h`."""

import re
from dataclasses import dataclass

_PART = re.compile(r"(?P<number>\d+(?:[,._]\d{3})*)\s*(?P<unit>answers?|days?|d|hours?|h|minutes?|min|m|seconds?|s)?\b")
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


class InvalidGoal(ValueError):
    """A goal cannot be parsed; the text is for the user."""


@dataclass(frozen=True)
class Goal:
    """A number of equal answers, and a number of seconds without a difference."""

    answers: int = 0
    seconds: float = 0

    def is_reached(self, same: int, clean_seconds: float) -> bool:
        """Return whether the goal is reached."""
        return same >= self.answers and clean_seconds >= self.seconds


def parse(text: str) -> Goal:
    """Parse a number of answers, a duration, or both. Raises `InvalidGoal`."""
    found: dict[str, int] = {}
    for part in re.sub(r"\b(0 differences|and|for)\b", ",", text.lower()).split(", "):
        for piece in filter(None, (each.strip(" ,") for each in re.split(r",(?!\d{3}\b)", part))):
            name, value = _read(piece, text)
            if found.setdefault(name, value) != value:
                raise _invalid(text)
    if not any(found.values()):
        raise _invalid(text)
    return Goal(found.get("answers", 0), found.get("seconds", 0))


def _read(piece: str, text: str) -> tuple[str, int]:
    match = _PART.fullmatch(piece)
    if match is None:
        raise _invalid(text)
    number, unit = int(re.sub(r"[,._]", "", match["number"])), match["unit"] or "answers"
    return ("answers", number) if unit.startswith("answer") else ("seconds", number * _SECONDS[unit[0]])


def _invalid(text: str) -> InvalidGoal:
    return InvalidGoal(f"{text!r} is not a goal; write for example '10000 answers, 24h'.")
