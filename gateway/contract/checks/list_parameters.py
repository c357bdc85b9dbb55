"""What each query parameter of a list requires of every record in it. Works without Schemathesis, for the oracles."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

Shown = Mapping[str, Any]
Holds = Callable[[Shown, str], bool]


IMAGES = ("apng", "avif", "bmp", "gif", "heic", "ico", "jpeg", "jpg", "png", "svg", "tif", "tiff", "webp")


def caseless(text: str) -> str:
    """Return the text for comparison without case. Independent of the gateway's own rule, so that its faults show."""
    return unicodedata.normalize("NFC", text).casefold()


def state_of(shown: Shown) -> str:
    """Return the state of a record of /api/v1: active, archived or deleted."""
    return "deleted" if shown["is_deleted"] else "archived" if shown["archived_at"] else "active"


def _since(key: str) -> Holds:
    return lambda shown, text: not text.isdecimal() or shown[key] >= int(text)


def _emails(client: Shown) -> list[str]:
    return [contact["email"] for contact in client["contacts"]]


def is_true(text: str) -> bool:
    """Return whether a parameter with this text is switched on."""
    return text.lower() in ("1", "true", "yes", "on")


def whole(text: str) -> int:
    """Return the number that a parameter names; `7.0` is an integer too (JSON Schema 2020-12, 6.1.1).

    Raises `ValueError` for any other text.
    """
    digits, _, fraction = text.strip().partition(".")
    if fraction.strip("0"):
        raise ValueError(f"{text!r} is not an integer")
    return int(digits)


def _is_in(text: str, *texts: str) -> bool:
    return any(caseless(text) in caseless(each) for each in texts)


def has_classes(document: Shown, text: str) -> bool:
    """Return whether a document has one of these types or classes, which commas separate."""
    kind, is_public = document["type"], document["is_public"]
    word = "pdf" if kind == "pdf" else "image" if kind in IMAGES else "other"
    has = {kind, word, "public" if is_public else "private"}
    return bool(has & {each.strip().lower() for each in text.split(",") if each.strip()})


def _has_words(*texts: str | None, words: str) -> bool:
    known = [caseless(text) for text in texts if text]
    return all(any(caseless(word) in text for text in known) for word in words.split())


def _found_by(client: Shown, text: str) -> bool:
    people = [contact[key] for contact in client["contacts"] for key in SEARCHED_OF_CONTACTS]
    return _has_words(*(client[key] for key in SEARCHED_OF_CLIENT), *people, words=text)


def _same(key: str) -> Holds:
    return lambda shown, text: shown[key] == text


def _number(key: str) -> Holds:
    return lambda shown, text: not text.isdecimal() or shown[key] == str(int(text))


def _in_country(client: Shown, text: str) -> bool:
    return not text.strip().isdecimal() or client["country_id"] == str(int(text))


# The keys of a client, and of each of its contacts, in which `filter` looks for words.
SEARCHED_OF_CLIENT = ("name", "number", "id_number", "custom_value1", "custom_value2", "custom_value3", "custom_value4")
SEARCHED_OF_CONTACTS = ("first_name", "last_name", "email", "phone")
_EXACT = ("vat_number", "phone", "assigned_user_id", "group_settings_id", *SEARCHED_OF_CLIENT[3:])

_DOCUMENTS: dict[str, Holds] = {
    "type": has_classes,
    "filter": lambda document, text: _has_words(document["name"], words=text),
    "is_public": lambda document, text: document["is_public"] == is_true(text),
    "created_at": _since("created_at"),
    "updated_at": _since("updated_at"),
}

# The conditions that a list's parameters set for every record in it; `status` and `is_deleted` override each other.
FILTERS: dict[str, dict[str, Holds]] = {
    "api listClients": {
        "status": lambda client, text: client["status"] == text,
        "category_id": lambda client, text: client["category"]["id"] == whole(text),
        "client_id": lambda client, text: client["id"] == whole(text),
        "tag": lambda client, text: text.strip() in client["tags"],
        "search": lambda client, text: caseless(text) in caseless(client["company_name"] or ""),
    },
    "v1 listClients": {
        "client_id": lambda client, text: client["id"] == text,
        "email": lambda client, text: text.strip() in _emails(client),
        # Shown to keys of edition 2026, and if included.
        "classification": lambda client, text: client.get("classification", text) == text,
        "tag": lambda client, text: text.strip() in client.get("tags", [text.strip()]),
        "name": lambda client, text: text.casefold() in client["name"].casefold(),
        "number": lambda client, text: client["number"] == text,
        "id_number": lambda client, text: client["id_number"] == text,
        "filter": _found_by,
        "group": _same("group_settings_id"),
        "country_id": _in_country,
        "industry_id": _number("industry_id"),
        "size_id": _number("size_id"),
        **{key: _same(key) for key in _EXACT},
        "created_at": _since("created_at"),
        "updated_at": _since("updated_at"),
    },
    "api listCategories": {
        "visibility": lambda category, text: category["visibility"] == text,
        "search": lambda category, text: text.casefold() in category["name"].casefold(),
    },
    "api listContacts": {
        "status": lambda contact, text: contact["status"] == text,
        "client_id": lambda contact, text: contact["client"]["id"] == whole(text),
        "account_owner": lambda contact, text: contact["account_owner"] == text,
    },
    "api listNotes": {
        "resource_type": lambda note, text: note["resource"]["type"] == text,
        "resource_id": lambda note, text: note["resource"]["id"] == whole(text),
        "visibility": lambda note, text: note["visibility"] == text,
        "search": lambda note, text: _is_in(text, note["title"], note["description"]),
    },
    "api listTeamMembers": {
        "status": lambda member, text: member["status"] == text,
        "role_id": lambda member, text: member["role"]["id"] == whole(text),
    },
    "v1 listActivities": {
        "client_id": lambda activity, text: activity["client_id"] == text,
        "created_at": _since("created_at"),
        "updated_at": _since("updated_at"),
    },
    "v1 listUsers": {"created_at": _since("created_at"), "updated_at": _since("updated_at")},
    "v1 listDocuments": _DOCUMENTS | {"client_id": lambda document, text: document["client_id"] == text},
    "v1 listClientDocuments": _DOCUMENTS,
    "v1 listClientGatewayTokens": {
        "client_id": lambda token, text: token["client_id"] == text,
        "company_gateway_id": lambda token, text: token["company_gateway_id"] == text,
        "is_default": lambda token, text: token["is_default"] == is_true(text),
        "created_at": _since("created_at"),
        "updated_at": _since("updated_at"),
    },
    "v1 listWebhooks": {
        "filter": lambda webhook, text: _has_words(webhook["target_url"], words=text),
        "event_id": _same("event_id"),
        "target_url": _same("target_url"),
        "created_at": _since("created_at"),
        "updated_at": _since("updated_at"),
    },
    "v1 listGroupSettings": {
        "filter": lambda group, text: _has_words(group["name"], words=text),
        "name": lambda group, text: caseless(text) in caseless(group["name"]),
        "created_at": _since("created_at"),
        "updated_at": _since("updated_at"),
    },
}
