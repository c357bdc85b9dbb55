"""Examples for keys of newer editions, in addition to those of the document."""

from collections.abc import Mapping
from typing import Any

from dialects.v1.example_records import CLIENT, DOCUMENT
from dialects.v1.examples import LIST
from dialects.v1.types import NEWER

Examples = Mapping[str, Mapping[str, Any]]

LOCATION: dict[str, Any] = {
    "id": "VolejRejNm",
    "user_id": "",
    "vendor_id": "",
    "client_id": "OpnelpJeKB",
    "name": "Warehouse",
    "address1": "1 Dock Road",
    "address2": "",
    "city": "Hull",
    "state": "",
    "postal_code": "HU1",
    "country_id": "826",
    **{f"custom_value{number}": "" for number in range(1, 5)},
    "is_deleted": False,
    "is_shipping_location": True,
    "updated_at": 1631673918,
    "archived_at": 0,
    "created_at": 1631673918,
}
NEWER_CLIENT: dict[str, Any] = CLIENT | {
    "documents": [DOCUMENT | {"is_public": False, "link": DOCUMENT["url"]}],
    "classification": "company",
    "routing_id": "0204:991-1234512345-06",
    "is_tax_exempt": False,
    "has_valid_vat_number": True,
    "tax_info": {},
    "e_invoice": {},
    "payment_balance": 0,
    "locations": [LOCATION],
}
_SHOWS_ONE = (*("getClient", "editClient", "createClient", "updateClient", "patchClient"),)


def with_editions(examples: Examples) -> Examples:
    """Return the examples with those for newer editions, under `editions`."""
    newer = {name: {"data": NEWER_CLIENT} for name in _SHOWS_ONE} | {"listClients": LIST | {"data": [NEWER_CLIENT]}}
    return {
        name: {**each, "editions": {NEWER: newer[name]}} if name in newer else each for name, each in examples.items()
    }
