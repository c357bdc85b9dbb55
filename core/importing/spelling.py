"""Restores values that a spreadsheet has changed, such as `42` for `0042`: numbers, line ends, long amounts."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from core.importing.incoming import Incoming
from core.models.records import StoredClient
from core.query import Record

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?(E[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)
_EXACT_BELOW = 10**15  # spreadsheets keep 15 significant digits of a number
_LINE_END = re.compile(r"\r\n?")


def restore(present: Mapping[int, StoredClient], page: Iterable[Incoming]) -> None:
    """Replace each value of a page that differs only in spelling by the stored one."""
    for incoming in page:
        stored = present.get(incoming.id or 0)
        if incoming.respelt and stored is not None:
            incoming.values = _restored(stored.record, incoming.values)
            person: Record = next((each for each in stored.record["contacts"] if each["is_primary"]), {})
            incoming.contacts = incoming.contacts and [_restored(person, each) for each in incoming.contacts]


def _restored(stored: Record, values: Record) -> dict[str, Any]:
    return {name: stored[name] if is_respelling(stored.get(name), value) else value for name, value in values.items()}


def is_respelling(stored: object, value: object) -> bool:
    """Return whether a spreadsheet may have written the stored value in this way."""
    if type(stored) is int and type(value) is int:
        return min(abs(stored), abs(value)) >= _EXACT_BELOW and f"{stored:.14e}" == f"{value:.14e}"
    if not isinstance(stored, str) or not isinstance(value, str) or stored == value:
        return False
    if _NUMBER.fullmatch(stored) and _NUMBER.fullmatch(value):
        return Decimal(stored) == Decimal(value)
    return _LINE_END.sub("\n", stored) == _LINE_END.sub("\n", value)
