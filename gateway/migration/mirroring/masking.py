"""Masks values for a report: it shows their shape, not their content."""

from typing import Any

from gateway.migration.shadowing.differences import ABSENT

_MAX_SHOWN = 40


def masked(path: str, value: Any) -> str:
    """Return a value with `9` for each digit and `a` for each letter, such as `aa@a.aa` or `9999-99-99`.

    A status is shown as it is.
    """
    if path in ("status", "body"):
        return str(value)
    if isinstance(value, dict | list):
        kind = "object" if isinstance(value, dict) else "list"
        return f"{kind} of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if value == ABSENT:
        return ABSENT
    text = "".join(map(_mask, str(value)[: _MAX_SHOWN + 1]))
    shown = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
    return shown if isinstance(value, int | float) else f'"{shown}"'


def _mask(character: str) -> str:
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return "9" if character.isdigit() else character if character.isascii() and character.isprintable() else "?"
