"""What /api must show of a record that /api/v1 shows, stated independently of the mapping tables.

Where /api/v1 does not show enough (a country as it was written, the number behind an id), the rule is a condition.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from core.text import countries
from gateway.contract.oracles.scene import Scene, at

Shown = Mapping[str, Any]
Rule = Callable[[Shown], Any]


def _text(key: str) -> Rule:
    return lambda shown: at(shown, key) or None


def _verbatim(key: str) -> Rule:
    return lambda shown: shown[key]


def _street(prefix: str) -> Rule:
    return lambda shown: ", ".join(filter(None, (shown[f"{prefix}address1"], shown[f"{prefix}address2"]))) or None


def _as_text(value: Any) -> str | None:
    return None if value in (None, "") else str(value)


def primary(client: Shown) -> Shown:
    """Return the primary contact of a client of /api/v1."""
    return next((each for each in client["contacts"] if each["is_primary"]), {})


def name_of(contact: Shown) -> str:
    """Return the name of a contact: the full name, else the email."""
    full = f"{contact.get('first_name', '')} {contact.get('last_name', '')}".strip()
    return full or str(contact.get("email", ""))


# By the key of /api: how to compute its value from the record of /api/v1.
CLIENT: dict[str, Rule] = {
    "company_name": _text("display_name"),
    "description": _text("private_notes"),
    "status": lambda client: "suspended" if client["archived_at"] else "active",
    "phone": _text("phone"),
    "website": _text("website"),
    "vat": _text("vat_number"),
    "owner.name": lambda client: name_of(primary(client)),
    "billing.street": _street(""),
    "billing.city": _text("city"),
    "billing.state": _text("state"),
    "billing.zip": _text("postal_code"),
    "billing.invoice_due_days": lambda client: _as_text(client["settings"].get("payment_terms")),
    "shipping.street": _street("shipping_"),
    "shipping.city": _text("shipping_city"),
    "shipping.state": _text("shipping_state"),
    "shipping.zip": _text("shipping_postal_code"),
}
CONTACT: dict[str, Rule] = {
    "first_name": lambda contact: contact["first_name"],
    "last_name": lambda contact: contact["last_name"],
    "name": lambda contact: f"{contact['first_name']} {contact['last_name']}".strip(),
    "email": lambda contact: contact["email"],
    "phone": _text("phone"),
    "account_owner": lambda contact: "yes" if contact["is_primary"] else "no",
    "status": lambda contact: "suspended" if contact["is_locked"] else "active",
}
CATEGORY: dict[str, Rule] = {"name": lambda group: group["name"]}
MEMBER: dict[str, Rule] = {key: _verbatim(key) for key in ("first_name", "last_name", "email")} | {"name": name_of}
_TIMES = {"dates.created": "created_at", "dates.updated": "updated_at"}
_COUNTRIES = {"billing.country": "country_id", "shipping.country": "shipping_country_id"}


def agree(scene: Scene, shown: Shown, twin: Shown, rules: Mapping[str, Rule], where: str) -> None:
    """Check that a record of /api agrees with the same record of /api/v1."""
    for key, rule in rules.items():
        found, wanted = at(shown, key), rule(twin)
        scene.expect_equal(found or None, wanted or None, f"{where}: `{key}` of /api beside /api/v1")
        if wanted is None or found in ("", None):
            empty = found is None if wanted is None else found == ""
            scene.expect(empty or wanted == found, f"{where}: `{key}` of /api is {found!r} instead of empty")
    for key, of in _TIMES.items():
        scene.expect_equal(seconds(at(shown, key)), twin[of], f"{where}: `{key}` of /api beside `{of}` of /api/v1")
    for key, of in _COUNTRIES.items() if rules is CLIENT else ():
        scene.expect(_is_country(at(shown, key), twin[of]), f"{where}: `{key}` is {at(shown, key)!r} for {twin[of]!r}")


def seconds(moment: str) -> int:
    """Return the Unix seconds of a time as /api writes it."""
    return int(datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp())


def _is_country(name: str | None, number: str) -> bool:
    known = (countries.by_code(name) or countries.by_name(name)) if name else None
    return (known or None) == (int(number) if number else None)
