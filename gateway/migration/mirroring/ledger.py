"""The bounded list of differences, without keys and values, and the file that keeps it across restarts."""

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from core.operations.outputs import writing
from gateway.migration.mirroring.goal import Goal
from gateway.migration.mirroring.masking import masked
from gateway.migration.shadowing.differences import Difference

VERSION = 1
MAX_ROWS, MAX_ROUTES, MAX_KEYS = 1000, 300, 300
OTHERS = "(others)"
_MAX_TEXT = 200
_PER_ANSWER = 200  # differences of one answer that are listed


class InvalidLedger(Exception):
    """A file does not belong to this mirror; the text is for the user."""


@dataclass
class Row:
    """A field of a route that differs for a key: how often, when, and the shape of both values the last time."""

    route: str
    field: str
    key: str
    times: int = 0
    first: float = 0
    last: float = 0
    there: str = ""
    here: str = ""
    example: str = ""


@dataclass
class Ledger:
    """What was compared so far.

    Times are Unix seconds; `clean_seconds` is the time of running without a difference. `same_in_a_row` counts the
    answers since the last difference, or since the beginning.
    """

    old_url: str = ""
    url: str = ""
    version: int = VERSION
    began: float = field(default_factory=time.time)
    same_in_a_row: int = 0
    clean_seconds: float = 0
    last_difference: float = 0
    counts: Counter[str] = field(default_factory=Counter)
    routes: dict[str, Counter[str]] = field(default_factory=dict)
    keys: dict[str, Counter[str]] = field(default_factory=dict)
    rows: dict[tuple[str, str, str], Row] = field(default_factory=dict)
    accepted: Counter[str] = field(default_factory=Counter)
    reached: float = 0

    def note(self, kind: str, route: str, key: str) -> None:
        """Count a compared answer, which was the `same`, `different` or `unsettled`."""
        self.counts[kind] += 1
        for found, name, most in ((self.routes, route, MAX_ROUTES), (self.keys, key, MAX_KEYS)):
            name = name if name in found or len(found) < most else OTHERS
            found.setdefault(name, Counter())[kind] += 1
        self.same_in_a_row += kind == "same"

    def differ(self, route: str, key: str, example: str, found: list[Difference]) -> None:
        """Record the differences of an answer; `example` is its path."""
        self.note("different", route, key)
        self.same_in_a_row, self.clean_seconds, self.reached, self.last_difference = 0, 0, 0, time.time()
        fields: dict[str, Difference] = {}
        for each in found:
            fields.setdefault(_any_item(each.path), each)
        for path, each in list(fields.items())[:_PER_ANSWER]:
            row = self._row(route, path, key)
            row.times += 1
            row.last = self.last_difference
            row.there, row.here = masked(each.path, each.there), masked(each.path, each.here)
            row.example = example[:_MAX_TEXT]

    def _row(self, route: str, path: str, key: str) -> Row:
        wanted = (route, path, key)
        if wanted not in self.rows and len(self.rows) >= MAX_ROWS:
            wanted = (OTHERS, OTHERS, OTHERS)
        return self.rows.setdefault(wanted, Row(*wanted, first=time.time()))

    def pass_time(self, seconds: float, goal: Goal | None) -> bool:
        """Add running time, and return whether the goal is reached."""
        self.clean_seconds += seconds
        is_reached = goal is not None and goal.is_reached(self.same_in_a_row, self.clean_seconds)
        self.reached = (self.reached or time.time()) if is_reached else 0
        return is_reached

    def save(self, file: Path) -> None:
        """Write the file in one step, for its owner only. Raises `NotWritten`."""
        with writing(str(file)) as output:
            output.write(orjson.dumps(self.as_json(), option=orjson.OPT_INDENT_2))

    def as_json(self) -> dict[str, Any]:
        """Return the content of the file."""
        return vars(self) | {"rows": [vars(row) for row in self.rows.values()]}


def load(file: Path) -> Ledger | None:
    """Return the ledger of a file; None if there is no file. Raises `InvalidLedger`, and `OSError`."""
    try:
        content = orjson.loads(file.read_bytes())
        if content["version"] != VERSION:
            raise InvalidLedger(f"{file} was written by another version of the gateway.")
        rows = [Row(**row) for row in content.pop("rows")]
        for name in ("counts", "accepted"):
            content[name] = Counter(content[name])
        for name in ("routes", "keys"):
            content[name] = {key: Counter(counts) for key, counts in content[name].items()}
        return Ledger(**content, rows={(row.route, row.field, row.key): row for row in rows})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidLedger(f"{file} is not the file of a mirror.") from error


def opened(file: Path, old_url: str, url: str) -> Ledger:
    """Return the ledger that a file has kept of this mirror, or an empty one. Raises `InvalidLedger`, and `OSError`."""
    found = load(file)
    if found is None:
        return Ledger(old_url, url)
    if (found.old_url, found.url) != (old_url, url):
        known = f"{found.old_url}, compared with {found.url}"
        raise InvalidLedger(f"{file} belongs to a mirror of {known}; name another --state.")
    return found


def _any_item(path: str) -> str:
    """Return a path with `*` for indexes and for segments that look like an id or a value."""
    return re.sub(r"(?<![^.])(\d+|[^.]*\d[^.]{8,}|[^.]*@[^.]*)(?![^.])", "*", path)[:_MAX_TEXT]
