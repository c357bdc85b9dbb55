"""Fields of clients that only newer editions of /api/v1 show. They are the keys of one JSON column, `extras`.

Nothing is sorted or searched by these values, so they need no columns of their own. Locations are among them, each with
a unique id.
"""

from collections.abc import Mapping, Sequence
from secrets import randbits
from typing import Any

from core.attribute import Attribute, Changes, fixed
from core.models.records import ClientRecord
from core.query import Record
from core.text import countries
from core.text.clock import later_than, now
from core.text.equality import differing, is_same

_ID_BITS = 48
_TEXTS = (
    *("name", "address1", "address2", "city", "state", "postal_code"),
    *("custom_value1", "custom_value2", "custom_value3", "custom_value4"),
)
_MAX_TEXT = 255
_FLAGS = ("is_deleted", "is_shipping_location")
_TIMESTAMPS = ("created_at", "updated_at", "archived_at")
_BLANK: dict[str, Any] = {
    **dict.fromkeys(_TEXTS, ""),
    "country_id": 0,
    **dict.fromkeys(_FLAGS, False),
    **dict.fromkeys(_TIMESTAMPS, 0),
}
_KINDS: Mapping[str, type] = {"id": int} | {name: type(value) for name, value in _BLANK.items()}
_VALUES: Mapping[str, type] = {
    "routing_id": str,
    "is_tax_exempt": bool,
    "has_valid_vat_number": bool,
    "tax_info": dict,
    "e_invoice": dict,
    "locations": list,
}


def _with_extra(client: Record, key: str, value: Any) -> Changes:
    rest = {name: each for name, each in client["extras"].items() if name != key}
    return {"extras": rest | {key: value} if value else rest}


def _extra(key: str) -> Attribute[ClientRecord]:
    kind = _VALUES[key]
    return Attribute(
        lambda client: client["extras"].get(key, kind()),
        lambda client, value: _with_extra(client, key, value),
        ("extras",),
    )


def locations_of(client: ClientRecord) -> list[dict[str, Any]]:
    """Return the locations of a client with all their values."""
    owner = {"client_id": client["id"], "user_id": client["user_id"]}
    return [_BLANK | location | owner for location in client["extras"].get("locations", ())]


def _changed_locations(client: ClientRecord, items: Sequence[Mapping[str, Any]]) -> Changes:
    known = {each["id"]: each for each in client["extras"].get("locations", ())}
    # Each id is used once: two items with the same id become two locations.
    return _with_extra(client, "locations", [_location(known.pop(item.get("id") or 0, None), item) for item in items])


def _location(known: dict[str, Any] | None, item: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in item.items() if name in _BLANK}
    if known is None:
        at = now()
        return {"id": randbits(_ID_BITS) or 1} | _without_empty(_BLANK | values | {"created_at": at, "updated_at": at})
    present = _BLANK | known
    if not differing(present, values):
        return known
    return {"id": known["id"]} | _without_empty(present | values | {"updated_at": later_than(present["updated_at"])})


def _without_empty(location: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in location.items() if name in _BLANK and value}


EXTRAS: Mapping[str, Attribute[ClientRecord]] = {key: _extra(key) for key in _VALUES if key != "locations"} | {
    "locations": Attribute[ClientRecord](locations_of, _changed_locations, ("extras",)),
}
"""Attributes of a client that are stored in `extras`."""

LOCATION: Mapping[str, Attribute] = {name: fixed(name) for name in ("id", "user_id", "client_id", *_BLANK)}
"""Attributes of a location."""


def imported(client: Record, items: Sequence[Mapping[str, Any]], tick: int) -> Changes:
    """Return the column changes of imported locations. The source's times are precise to `tick` microseconds."""
    known = {each["id"]: each for each in client["extras"].get("locations", ())}
    locations = [_imported_location(known.get(item.get("id") or 0, {}), item, tick) for item in items]
    changes = _with_extra(client, "locations", locations)
    return {} if is_same(changes["extras"], client["extras"]) else changes


def _imported_location(known: dict[str, Any], item: Mapping[str, Any], tick: int) -> dict[str, Any]:
    present = _BLANK | known
    values = {name: value for name, value in item.items() if name in _BLANK}
    for name in _TIMESTAMPS:
        if name in values and values[name] // tick == present[name] // tick:
            del values[name]
    location = {"id": item.get("id") or randbits(_ID_BITS) or 1}
    return location | _without_empty(present | values)


def merged_extras(receiver: ClientRecord, merged: ClientRecord) -> dict[str, Any]:
    """Return the extras of a client that another one is merged into: its own, with the locations of both."""
    extras = receiver["extras"]
    locations = [*extras.get("locations", ()), *merged["extras"].get("locations", ())]
    return extras | ({"locations": locations} if locations else {})


def is_valid(extras: Mapping[str, Any]) -> bool:
    """Return whether imported extras are valid."""
    if not all(name in _VALUES and type(value) is _VALUES[name] for name, value in extras.items()):
        return False
    locations = extras.get("locations", [])
    return len(extras.get("routing_id", "")) <= _MAX_TEXT and all(map(_is_location, locations))


def _is_location(location: Any) -> bool:
    if type(location) is not dict or not location.get("id"):
        return False
    if not all(name in _KINDS and type(value) is _KINDS[name] for name, value in location.items()):
        return False
    if location["id"] >= 2**63:
        return False
    numbers = (location["id"], *(location.get(name, 0) for name in _TIMESTAMPS))
    is_known = not location.get("country_id") or countries.exists(location["country_id"])
    return (
        is_known and all(each >= 0 for each in numbers) and all(len(location.get(n, "")) <= _MAX_TEXT for n in _TEXTS)
    )
