"""The goal of a mirror, to be reached before switching over: `10000 answers, 24h`."""

import re
from dataclasses import dataclass

_PART = re.compile(r"(?P<number>\d+(?:[,._]\d{3})*)\s*(?P<unit>answers?|days?|d|hours?|h|minutes?|min|m|seconds?|s)?\b")
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


class NoGoal(ValueError):
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
    """Parse a number of answers, a duration, or both. Raises `NoGoal`."""
    found: dict[str, int] = {}
    for part in re.sub(r"\b(0 differences|and|for)\b", ",", text.lower()).split(", "):
        for piece in filter(None, (each.strip(" ,") for each in re.split(r",(?!\d{3}\b)", part))):
            name, value = _read(piece, text)
            if found.setdefault(name, value) != value:
                raise _not_understood(text)
    if not any(found.values()):
        raise _not_understood(text)
    return Goal(found.get("answers", 0), found.get("seconds", 0))


def _read(piece: str, text: str) -> tuple[str, int]:
    match = _PART.fullmatch(piece)
    if match is None:
        raise _not_understood(text)
    number, unit = int(re.sub(r"[,._]", "", match["number"])), match["unit"] or "answers"
    return ("answers", number) if unit.startswith("answer") else ("seconds", number * _SECONDS[unit[0]])


def _not_understood(text: str) -> NoGoal:
    return NoGoal(f"{text!r} is not understood; say for example '10000 answers, 24h'.")
