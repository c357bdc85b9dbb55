"""The columns of a client that an import changes. A value that the source shows as it is stored changes nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import String, Table

from core.attribute import Attribute, Changes
from core.clients import extras
from core.clients.attributes import CLIENT
from core.importing.incoming import MAX_TIMESTAMP, FieldError, Incoming
from core.models import clients
from core.query import Record, State
from core.text import currencies
from core.text.clock import now

TIMESTAMPS = frozenset({"created_at", "updated_at", "archived_at", "deleted_at", "last_login"})
TEAM_USERS = frozenset({"user_id", "assigned_user_id"})
_ATTRIBUTES: Mapping[str, Attribute] = CLIENT
# Imported elsewhere: the category is found separately.
_EXCLUDED = frozenset({"id", "company_id", "category_id", "group_id"})
_MAX_LINE = 255


def changed(client: Record, incoming: Incoming, team: frozenset[int]) -> tuple[Changes, list[FieldError]]:
    """Return the new column values, and the values that cannot be stored. `team` are the ids of the company's users."""
    present: dict[str, Any] = dict(client)
    field_errors: list[FieldError] = []
    touched: set[str] = set()
    for name, value in incoming.values.items():
        if name in _UNCONVERTED and present[name] == value:
            continue  # the usual case
        if name in _EXCLUDED or (name == "display_name" and "name" in incoming.values):
            continue
        assigned = {c: new for c, new in _assigned(name, value, present, incoming).items() if present[c] != new}
        invalid = [
            field_error
            for column in assigned
            if (field_error := field_error_of(clients, column, assigned[column], team))
        ]
        if invalid:
            field_errors += [FieldError(name, value, field_error.why) for field_error in invalid]
        elif assigned:
            if name in incoming.doubts:
                field_errors.append(FieldError(name, value, incoming.doubts[name]))
            present |= assigned
            touched.update(assigned)
    return {column: present[column] for column in touched if client[column] != present[column]}, field_errors


def field_error_of(table: Table, column: str, value: Any, team: frozenset[int]) -> FieldError | None:
    """Return why a column cannot store a value; None if it can."""
    if column in TIMESTAMPS and not 0 <= value <= MAX_TIMESTAMP:
        return FieldError(column, value, "the time is out of range")
    if column in TEAM_USERS and value is not None and value not in team:
        return FieldError(column, value, "the company has no team user of this id")
    kind = table.c[column].type
    if isinstance(kind, String) and kind.length is not None and len(value) > kind.length:
        return FieldError(column, value, f"it is longer than {kind.length} characters")
    if column == "settings" and value.get("currency_id", "1") not in currencies.IDS:
        return FieldError(column, value, "the currency is not known")
    if column == "extras" and not extras.is_valid(value):
        return FieldError(column, value, "the value does not have the form in which this register stores it")
    return None


def same_timestamp(stored: int, incoming: int, tick: int) -> bool:
    """Return whether two times are the same for a source of this precision."""
    return stored // tick == incoming // tick


def _assigned(name: str, value: Any, client: Record, incoming: Incoming) -> Changes:
    if name in TIMESTAMPS and name in clients.c:
        return {} if same_timestamp(client[name], value, incoming.tick) else {name: value}
    if name in _RULES:
        return _RULES[name](client, value, incoming)
    attribute = _ATTRIBUTES.get(name)
    if attribute is None or attribute.stored:
        return {name: value} if name in clients.c else {}
    if attribute.assign is None or attribute.read(client) == value:
        return {}
    return attribute.assign(client, value)


_UNCONVERTED = {
    name
    for name in map(str, clients.c.keys())
    if name not in _EXCLUDED and (name not in _ATTRIBUTES or _ATTRIBUTES[name].stored)
}


def _settings(client: Record, value: Mapping[str, Any], _incoming: Incoming) -> Changes:
    if _ATTRIBUTES["settings"].read(client) == value:
        return {}
    own = {key: each for key, each in value.items() if each is not None}
    if own.get("currency_id") == client["company_currency_id"]:
        del own["currency_id"]
    return {"settings": own}


def _state(client: Record, value: State, incoming: Incoming) -> Changes:
    if value is State.DELETED:
        return _is_deleted(client, True, incoming)
    archived = _since(client, "archived_at", incoming) if value is State.ARCHIVED else 0
    return {"archived_at": archived, "deleted_at": 0}


def _is_deleted(client: Record, value: bool, incoming: Incoming) -> Changes:
    return {"deleted_at": _since(client, "deleted_at", incoming) if value else 0}


def _since(client: Record, column: str, incoming: Incoming) -> int:
    """Return a time that the source does not show: the stored one, else the client's last change at the source."""
    changed = incoming.values.get("updated_at", 0)
    return int(client[column] or (changed if 0 < changed <= MAX_TIMESTAMP else now()))


def _street(prefix: str) -> Callable[[Record, str, Incoming], Changes]:
    attribute, lines = _ATTRIBUTES[f"{prefix}street"], (f"{prefix}address1", f"{prefix}address2")

    def assign(client: Record, value: str, _incoming: Incoming) -> Changes:
        return {} if attribute.read(client) == value else dict(zip(lines, _two_lines(value), strict=True))

    return assign


def _two_lines(street: str) -> tuple[str, str]:
    """Return a street as two lines that give the same text when joined; the second is empty if it fits into one."""
    at = street.rfind(", ", 0, _MAX_LINE + 2) if len(street) > _MAX_LINE else -1
    return (street, "") if at < 0 else (street[:at], street[at + 2 :])


_RULES: Mapping[str, Callable[[Record, Any, Incoming], Changes]] = {
    "settings": _settings,
    "locations": lambda client, value, incoming: extras.imported(client, value, incoming.tick),
    "state": _state,
    "is_deleted": _is_deleted,
    "street": _street(""),
    "shipping_street": _street("shipping_"),
}
