"""The keys by which a row identifies a client."""

from collections.abc import Collection, Mapping, Sequence

from core.text.folding import email_key
from core.text.names import full_name
from gateway.migration.guarding import unguarded

Key = tuple[str, str]
"""A column that identifies a client, and its value in a row."""

MATCHES = ("id", "number", "email", "name", "id_number", "vat_number", "phone")
"""Columns by which a client can be found."""
_TRIMMED = ("id", "number", "email", "id_number")
_USUAL = ("id", "number", "email", "name")


def every_key(cells: Mapping[str, str]) -> dict[str, str]:
    """Return all keys of a row, given by the names of its columns, in the register's form."""
    shown = {name: unguarded(cells[name]) for name in MATCHES if name in cells}
    if not shown.get("name", "").strip():
        shown["name"] = full_name({name: unguarded(cells.get(name, "")) for name in ("first_name", "last_name")})
    found = {name: value.strip() if name in _TRIMMED else value for name, value in shown.items() if value.strip()}
    return found | ({"email": email_key(found["email"])} if "email" in found else {})


def own_key(keys: Mapping[str, str], match: Sequence[str], without: Collection[str]) -> Key | None:
    """Return the key of a row: its id, else the first column of `match` with a value, else its number.

    The default of `match` is number, email, name. Columns in `without` have no readable value.
    """
    order = ("id", *match, "number") if match else _USUAL
    return next(((name, keys[name]) for name in order if name in keys and name not in without), None)
