"""By which of its cells a row is known to be a certain client's."""

from collections.abc import Collection, Mapping, Sequence

from core.text.folding import email_key
from core.text.names import full_name
from gateway.migration.guarding import unguarded

Key = tuple[str, str]
"""A column by which a client is known, and its value in a row."""

MATCHES = ("id", "number", "email", "name", "id_number", "vat_number", "phone")
"""Columns by which a client can be found."""
_TRIMMED = ("id", "number", "email", "id_number")
_USUAL = ("id", "number", "email", "name")


def every_key(cells: Mapping[str, str]) -> dict[str, str]:
    """Return all that a row, by the names of its columns, could be known by, as the register would have it."""
    shown = {name: unguarded(cells[name]) for name in MATCHES if name in cells}
    if not shown.get("name", "").strip():
        shown["name"] = full_name({name: unguarded(cells.get(name, "")) for name in ("first_name", "last_name")})
    found = {name: value.strip() if name in _TRIMMED else value for name, value in shown.items() if value.strip()}
    return found | ({"email": email_key(found["email"])} if "email" in found else {})


def own_key(keys: Mapping[str, str], match: Sequence[str], without: Collection[str]) -> Key | None:
    """Return what a row is known by: its id, else the first column of `match` in which it has a value, else its number.

    Unless a `match` is asked for it is number, email or name. Columns in `without` have no value that is understood.
    """
    order = ("id", *match, "number") if match else _USUAL
    return next(((name, keys[name]) for name in order if name in keys and name not in without), None)
