"""Finds the keys that a change of the documents affects, in the record of usage."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.access.usage_names import CALL
from core.query import Record
from gateway.reference.breaking.change import Change

_WORDS_OF = {"include": "include", "sort": "sort"}  # the kinds under which words of these parameters are recorded


@dataclass
class Hit:
    """A key that a change affects.

    `last_at` is its last affected call, exact to the day if that is known only from a name. `surely` is false if the
    calls are from before names were recorded, so that it is not known whether they used it.
    """

    company: str
    key_id: int
    key: str
    email: str
    last_at: int
    surely: bool = True


@dataclass(frozen=True)
class UsageRecord:
    """The record: how often which key called what, and which names it sent, both with a `company`."""

    calls: Sequence[Record]
    names: Sequence[Record]

    def hits(self, change: Change, routes: Sequence[str]) -> list[Hit]:
        """Return the keys that a change affects, the last caller first. `routes` are those of the older document."""
        found: dict[int, Hit] = {}
        for row, surely in self._matching(change, routes):
            if row["revoked_at"]:
                continue  # the key is revoked
            hit = Hit(row["company"], row["token_id"], row["key"], row["email"], row["last_at"], surely)
            known = found.setdefault(hit.key_id, hit)
            known.last_at, known.surely = max(known.last_at, hit.last_at), known.surely or surely
        return sorted(found.values(), key=lambda hit: -hit.last_at)

    def _matching(self, change: Change, routes: Sequence[str]) -> Iterator[tuple[Record, bool]]:
        if not change.operation:
            yield from ((row, True) for row in self.calls if row["route"] in routes)
            return
        method, _, route = change.operation.partition(" ")
        names = [row for row in self.names if (row["method"], row["route"]) == (method, route)]
        calls = [row for row in self.calls if row["route"] == route and row["method"] in _counted_method(method)]
        if change.place not in ("query", "body") or not change.name:
            # A form's `_method` is counted as POST; its names are recorded under its operation all the same.
            yield from ((row, True) for row in (*calls, *(row for row in names if row["kind"] == CALL)))
            return
        yield from ((row, True) for row in names if _is_affected(row, change))
        recorded = {row["token_id"] for row in names}
        yield from ((row, False) for row in calls if row["token_id"] not in recorded)


def _counted_method(method: str) -> tuple[str, ...]:
    return ("GET", "HEAD") if method == "GET" else (method,)


def _is_affected(row: Record, change: Change) -> bool:
    if change.place == "query" and change.words is not None and change.name in _WORDS_OF:
        return bool(row["kind"] == _WORDS_OF[change.name] and row["name"] in change.words)
    if row["kind"] != change.place:
        return False
    sent, changed = _steps(str(row["name"])), _steps(change.name)
    if sent[: len(changed)] == changed:
        return True
    # For an object without its own table, only the name of the whole is recorded.
    return not row["name"].endswith("[]") and changed[: len(sent)] == sent


def _steps(name: str) -> list[str]:
    return name.replace("[]", "").split(".")
