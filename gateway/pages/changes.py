"""The changes of an activity as text for people."""

from typing import Any

import orjson

from core.query import Record


def changes(activity: Record) -> list[tuple[str, list[str]]]:
    """Return the names of what changed, with the old and the new value, if there is one."""
    names = {**activity["before"], **activity["after"]}
    sides = (activity["before"], activity["after"])
    return [(name, [_compact(side[name]) for side in sides if name in side]) for name in names]


def _compact(value: Any) -> str:
    return value if isinstance(value, str) and value else orjson.dumps(value).decode()
