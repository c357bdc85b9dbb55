"""Declared differences: a file of differences that are accepted because the two sides cannot be equal.

A line is `[ROUTE] PATH [RULE]`: the route as the report names it, the path of a JSON value with `*` for anything, and
how far the two values may differ. Without a rule they may be anything. A `#` begins a comment.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from gateway.migration.shadowing.differences import Difference

_RULE = re.compile(r"any|host|(?:within ([0-9]+(?:\.[0-9]+)?) ?s)")


class InvalidDeclaration(Exception):
    """A file of declared differences cannot be parsed; the text is for the user."""


@dataclass(frozen=True)
class Accepted:
    """One line: the differences of a route that it accepts. `is_covered` compares the two values."""

    line: str
    route: str
    path: str
    is_covered: Callable[[Any, Any], bool]

    def covers(self, route: str, difference: Difference) -> bool:
        """Return whether this line declares the difference."""
        if not (fnmatchcase(route, self.route) and fnmatchcase(difference.path, self.path)):
            return False
        return self.is_covered(difference.there, difference.here)


@dataclass
class Declared:
    """All declared differences, and how often each line was used."""

    lines: Sequence[Accepted] = ()
    used: Counter[str] = field(default_factory=Counter)

    def without(self, route: str, found: Iterable[Difference]) -> list[Difference]:
        """Return the differences that no line declares."""
        return [each for each in found if not self._covers(route, each)]

    def _covers(self, route: str, difference: Difference) -> bool:
        line = next((each.line for each in self.lines if each.covers(route, difference)), None)
        self.used.update([line] if line is not None else [])
        return line is not None

    def unused(self) -> list[str]:
        """Return the lines that were never used."""
        return [each.line for each in self.lines if not self.used[each.line]]


def parse(text: str) -> Declared:
    """Parse a file of declared differences. Raises `InvalidDeclaration`, naming the line."""
    found = []
    for number, written in enumerate(text.splitlines(), 1):
        line = written.partition("#")[0].strip()
        if line:
            found.append(_accepted(number, line))
    return Declared(found)


def _accepted(number: int, line: str) -> Accepted:
    words = line.split()
    route = words.pop(0) if words[0].startswith("/") else "*"
    if not words:
        raise InvalidDeclaration(f"Line {number} has no path of a value: {line!r}.")
    path, rule = words[0], " ".join(words[1:]) or "any"
    known = _RULE.fullmatch(rule)
    if known is None:
        raise InvalidDeclaration(
            f"Line {number}: {rule!r} is not a rule; the rules are `any`, `host` and `within 1 s`."
        )
    if known[1] is not None:
        seconds = float(known[1])
        return Accepted(line, route, path, lambda there, here: _seconds_apart(there, here) <= seconds)
    return Accepted(line, route, path, _same_but_host if rule == "host" else lambda _there, _here: True)


def _same_but_host(there: Any, here: Any) -> bool:
    """Return whether two URLs differ only in their host."""
    if not (isinstance(there, str) and isinstance(here, str)):
        return False
    try:
        sides = [urlsplit(each) for each in (there, here)]
    except ValueError:
        return False
    return len({(each.path, each.query, each.fragment) for each in sides}) == 1


def _seconds_apart(there: Any, here: Any) -> float:
    """Return the seconds between two times, infinite if one is invalid."""
    sides = [_seconds(each) for each in (there, here)]
    return abs(sides[0] - sides[1]) if None not in sides else math.inf  # type: ignore[operator]


def _seconds(value: Any) -> float | None:
    """Return the Unix seconds of a number or of ISO 8601."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None
    except ValueError:
        return None
