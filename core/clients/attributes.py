"""The attributes of a client: stored columns, and values that are computed from them.

Both dialects refer to clients through these names alone. A computed attribute reads a record and, where it can be
written, says which columns an assignment changes.

Several attributes are lossy views, such as one line for a two-line street, or a name that falls back to the contact's.
Assigning the value that such an attribute already shows changes nothing. So an integration can write back what it read
without destroying what its dialect cannot express.
"""

from collections.abc import Callable, Mapping
from functools import cache
from math import inf
from typing import Any

import orjson
from sqlalchemy import String, Table

from core.attribute import Attribute, Changes, column, fixed
from core.clients.extras import EXTRAS
from core.errors import Problem, Rejected
from core.models import client_gateway_tokens, clients, contacts, documents
from core.models.records import ClientRecord, ContactRecord, DocumentRecord
from core.query import Record, State, state_of
from core.text import countries
from core.text.equality import differing, is_same, is_same_json
from core.text.names import UNNAMED, full_name, shown_name

OfClient = Attribute[ClientRecord]
OfContact = Attribute[ContactRecord]

_MAX_SETTINGS = 65_536  # bytes of JSON


def _owner(client: ClientRecord) -> Record | None:
    for contact in client["contacts"]:
        if contact["is_primary"]:
            return contact
    return None


def _owner_attribute(name: str, absent: Any = "") -> OfClient:
    return OfClient(lambda client: (_owner(client) or {}).get(name, absent), of=("contacts",))


def _street(prefix: str) -> Attribute:
    line1, line2 = f"{prefix}address1", f"{prefix}address2"

    def read(client: Record) -> str:
        return ", ".join(filter(None, (client[line1], client[line2])))

    return Attribute(read, lambda _client, value: {line1: value, line2: ""}, (line1, line2))


def _country(prefix: str) -> tuple[Attribute, Attribute]:
    number, wording = f"{prefix}country_id", f"{prefix}country_text"

    def assign_text(_client: ClientRecord, value: str) -> Changes:
        known = countries.by_code(value)
        if known is not None:
            return {number: known, wording: countries.name_of(known)}
        return {number: countries.by_name(value) or 0, wording: value}

    def assign_number(_client: ClientRecord, value: int) -> Changes:
        return {number: value, wording: countries.name_of(value)}

    of = (number, wording)
    return Attribute(lambda c: c[wording], assign_text, of), Attribute(lambda c: c[number], assign_number, of)


def _setting(key: str) -> OfClient:
    def read(client: ClientRecord) -> str:
        value = client["settings"].get(key)
        return "" if value is None else str(value)

    def assign(client: ClientRecord, value: str) -> Changes:
        rest = {k: v for k, v in client["settings"].items() if k != key}
        return {"settings": rest | {key: value} if value else rest}

    return OfClient(read, assign, ("settings",))


def _more_custom_value(position: int) -> OfClient:
    key = str(position)
    return OfClient(
        lambda client: client["more_custom_values"].get(key, ""),
        lambda client, value: {"more_custom_values": client["more_custom_values"] | {key: value}},
        ("more_custom_values",),
    )


def _client_settings(client: ClientRecord) -> dict[str, Any]:
    return {"currency_id": client["company_currency_id"], **client["settings"]}


def _changed_settings(client: ClientRecord, value: Mapping[str, Any]) -> Changes:
    # The company's currency is shown where the client has none. Writing it back does not store it with the client.
    shown = _client_settings(client)
    return merged_settings(client, {key: each for key, each in value.items() if not is_same_json(shown.get(key), each)})


def merged_settings(record: Record, value: Mapping[str, Any]) -> Changes:
    """Return what assigning settings changes: a key sent as null is removed, a key not sent stays."""
    merged = record["settings"] | value
    return {"settings": {k: v for k, v in merged.items() if v is not None}}


def check_size(settings: Mapping[str, Any]) -> None:
    """Raise `Rejected` if the settings have become too large. Each write is small, but many writes add up."""
    if len(orjson.dumps(settings)) > _MAX_SETTINGS:
        raise Rejected(Problem("settings", "max", {"max": _MAX_SETTINGS}))


SOCIAL = ("facebook", "twitter", "linkedin", "github", "dribbble")
"""The social networks in which a contact may have a user name."""


def _social(network: str) -> OfContact:
    return OfContact(lambda contact: contact["social"].get(network, ""), of=("social",))


_country_text, _country_number = _country("")
_shipping_country_text, _shipping_country_number = _country("shipping_")

_SET_BY_THE_REGISTER = {
    "id",
    "company_id",
    "client_hash",
    "created_at",
    "updated_at",
    "archived_at",
    "deleted_at",
    "balance",
    "paid_to_date",
    "credit_balance",
    "more_custom_values",
}

_NOT_SHOWN = {"country_text", "shipping_country_text", "version_ahead", "hash_told", "number_generated"}

CLIENT: dict[str, OfClient] = {
    each.name: (fixed if each.name in _SET_BY_THE_REGISTER else column)(each.name)
    for each in clients.columns
    if each.name not in _NOT_SHOWN
} | {
    "display_name": OfClient(lambda c: c["display_name"], lambda _c, value: {"name": value}, ("name",)),
    "state": OfClient(state_of, of=("archived_at", "deleted_at")),
    "is_deleted": OfClient(lambda c: state_of(c) is State.DELETED, of=("deleted_at",)),
    "category_name": OfClient(lambda c: c["category_name"], of=("category_id",)),
    "group_id": OfClient(
        lambda c: None if c["category_is_default"] else c["category_id"],
        lambda _c, value: {"category_id": value},
        ("category_id",),
    ),
    "owner.id": _owner_attribute("id", 0),
    "owner.full_name": OfClient(lambda c: shown_name(_owner(c) or UNNAMED), of=("contacts",)),
    "owner.first_name": _owner_attribute("first_name"),
    "owner.last_name": _owner_attribute("last_name"),
    "owner.email": _owner_attribute("email"),
    "last_login": OfClient(lambda c: max((contact["last_login"] for contact in c["contacts"]), default=0)),
    "welcome": OfClient(lambda _client: False),
    "street": _street(""),
    "country": _country_text,
    "country_id": _country_number,
    "shipping_street": _street("shipping_"),
    "shipping_country": _shipping_country_text,
    "shipping_country_id": _shipping_country_number,
    "settings": OfClient(_client_settings, _changed_settings, ("settings",)),
    "payment_terms": _setting("payment_terms"),
    "settings.currency_id": _setting("currency_id"),
    "settings.language_id": _setting("language_id"),
    **EXTRAS,
    "tags": fixed("tags"),
    "contacts": fixed("contacts"),
    "documents": fixed("documents"),
    "gateway_tokens": fixed("gateway_tokens"),
}

CONTACT: dict[str, OfContact] = {each.name: fixed(each.name) for each in contacts.columns} | {
    "password": OfContact(lambda contact: bool(contact["password_hash"])),
    "full_name": OfContact(full_name),
    "client_name": fixed("client_name"),
    "welcome": OfContact(lambda _contact: False),
    **{f"social.{name}": _social(name) for name in SOCIAL},
}


DOCUMENT: dict[str, Attribute[DocumentRecord]] = {each.name: fixed(each.name) for each in documents.columns} | {
    "hash": Attribute[DocumentRecord](lambda document: document["object_key"].rpartition("/")[2]),
}

GATEWAY_TOKEN: dict[str, Attribute] = {each.name: column(each.name) for each in client_gateway_tokens.columns}


def attribute_of_client(name: str) -> OfClient:
    """Return the attribute of that name, including custom values beyond the fourth. Raises KeyError."""
    position = name.removeprefix("custom_value")
    if name not in CLIENT and position != name and position.isdigit():
        return _more_custom_value(int(position))
    return CLIENT[name]


def columns_changed(
    record: Record,
    assignments: Mapping[str, Any],
    attribute_of: Callable[[str], Attribute] = attribute_of_client,
    table: Table = clients,
) -> Changes:
    """Return the column values that these assignments change.

    An attribute that already shows the value is left alone. Raises `Rejected` for a value that a column cannot hold.
    """
    changes: Changes = {}
    problems: list[Problem] = []
    lengths = _lengths(table)
    present = dict(record)
    for name, value in assignments.items():
        attribute = attribute_of(name)
        assert attribute.assign is not None, f"{name} cannot be assigned"
        if not is_same(attribute.read(present), value):
            assigned = attribute.assign(present, value)
            changes.update(assigned)
            present.update(assigned)
            too_long = [each for each, text in assigned.items() if isinstance(text, str) and len(text) > lengths[each]]
            problems += [Problem(name, "max", {"max": lengths[each]}) for each in too_long]
    if problems:
        raise Rejected(*problems)
    return differing(record, changes)


@cache
def _lengths(table: Table) -> Mapping[str, float]:
    """Return the maximum number of characters of each text column."""
    return {each.name: each.type.length or inf for each in table.columns if isinstance(each.type, String)}
