"""What an activity changed, as text for people."""

from typing import Any

import orjson

from core.query import Record


def changes(activity: Record) -> list[tuple[str, list[str]]]:
    """The names of what became another, each with what it was, if it was there, and what it became, if it still is."""
    names = {**activity["before"], **activity["after"]}
    sides = (activity["before"], activity["after"])
    return [(name, [_compact(side[name]) for side in sides if name in side]) for name in names]


def _compact(value: Any) -> str:
    return value if isinstance(value, str) and value else orjson.dumps(value).decode()
