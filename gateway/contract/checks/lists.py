"""A list shows what its query parameters ask for and nothing else."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import schemathesis
from schemathesis import CheckContext, Response

from gateway.contract.checks.reading import (
    AnyCase,
    body_of,
    counts_unreadable_answers,
    operation_id,
    sent_query,
    succeeded,
)
from schemas.queries import MAX_PAGE

Shown = Mapping[str, Any]
Holds = Callable[[Shown, str], bool]


IMAGES = ("apng", "avif", "bmp", "gif", "heic", "ico", "jpeg", "jpg", "png", "svg", "tif", "tiff", "webp")


def caseless(text: str) -> str:
    """The text as it is compared without regard to case; by itself, so that a fault of the register's own shows."""
    return unicodedata.normalize("NFC", text).casefold()


def _state(shown: Shown) -> str:
    return "deleted" if shown["is_deleted"] else "archived" if shown["archived_at"] else "active"


def _since(key: str) -> Holds:
    return lambda shown, text: not text.isdecimal() or shown[key] >= int(text)


def _emails(client: Shown) -> list[str]:
    return [contact["email"] for contact in client["contacts"]]


def _is_true(text: str) -> bool:
    return text.lower() in ("1", "true", "yes", "on")


def _is_in(text: str, *texts: str) -> bool:
    return any(caseless(text) in caseless(each) for each in texts)


def _of_classes(document: Shown, text: str) -> bool:
    kind, is_public = document["type"], document["is_public"]
    word = "pdf" if kind == "pdf" else "image" if kind in IMAGES else "other"
    has = {kind, word, "public" if is_public else "private"}
    return bool(has & {each.strip().lower() for each in text.split(",") if each.strip()})


def _has_words(*texts: str | None, asked: str) -> bool:
    known = [caseless(text) for text in texts if text]
    return all(any(caseless(word) in text for text in known) for word in asked.split())


def _found_by(client: Shown, text: str) -> bool:
    people = [contact[key] for contact in client["contacts"] for key in _OF_CONTACTS]
    return _has_words(*(client[key] for key in _OF_CLIENT), *people, asked=text)


def _same(key: str) -> Holds:
    return lambda shown, text: shown[key] == text


def _number(key: str) -> Holds:
    return lambda shown, text: not text.isdecimal() or shown[key] == str(int(text))


def _in_country(client: Shown, text: str) -> bool:
    return not text.strip().isdecimal() or client["country_id"] == str(int(text))


_OF_CLIENT = ("name", "number", "id_number", "custom_value1", "custom_value2", "custom_value3", "custom_value4")
_OF_CONTACTS = ("first_name", "last_name", "email", "phone")
_EXACT = ("vat_number", "phone", "assigned_user_id", "group_settings_id", *_OF_CLIENT[3:])

_DOCUMENTS: dict[str, Holds] = {
    "type": _of_classes,
    "filter": lambda document, text: _has_words(document["name"], asked=text),
    "is_public": lambda document, text: document["is_public"] == _is_true(text),
    "created_at": _since("created_at"),
    "updated_at": _since("updated_at"),
}

# Which of a list's parameters bind every record in it, and how; `status` and `is_deleted` overrule one another.
FILTERS: dict[str, dict[str, Holds]] = {
    "api listClients": {
        "status": lambda client, text: client["status"] == text,
        "category_id": lambda client, text: client["category"]["id"] == int(text),
        "client_id": lambda client, text: client["id"] == int(text),
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
        "client_id": lambda contact, text: contact["client"]["id"] == int(text),
        "account_owner": lambda contact, text: contact["account_owner"] == text,
    },
    "api listNotes": {
        "resource_type": lambda note, text: note["resource"]["type"] == text,
        "resource_id": lambda note, text: note["resource"]["id"] == int(text),
        "visibility": lambda note, text: note["visibility"] == text,
        "search": lambda note, text: _is_in(text, note["title"], note["description"]),
    },
    "api listTeamMembers": {
        "status": lambda member, text: member["status"] == text,
        "role_id": lambda member, text: member["role"]["id"] == int(text),
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
        "is_default": lambda token, text: token["is_default"] == _is_true(text),
        "created_at": _since("created_at"),
        "updated_at": _since("updated_at"),
    },
    "v1 listWebhooks": {
        "filter": lambda webhook, text: _has_words(webhook["target_url"], asked=text),
        "event_id": _same("event_id"),
        "target_url": _same("target_url"),
        "created_at": _since("created_at"),
        "updated_at": _since("updated_at"),
    },
    "v1 listGroupSettings": {
        "filter": lambda group, text: _has_words(group["name"], asked=text),
        "name": lambda group, text: caseless(text) in caseless(group["name"]),
        "created_at": _since("created_at"),
        "updated_at": _since("updated_at"),
    },
}
_SIZES = {"api": ("limit", 25, 100), "v1": ("per_page", 20, 5000)}


@schemathesis.check
@counts_unreadable_answers
def lists_obey_their_filters(_ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """Every record in a list meets each filter of the request."""
    filters = FILTERS.get(operation_id(case))
    if filters is None or not succeeded(response):
        return
    query, listed = sent_query(response), body_of(response)["data"]
    for name in filters.keys() & query.keys():
        wrong = [each["id"] for each in listed if not filters[name](each, query[name])]
        assert not wrong, f"`{name}={query[name]}` is ignored for {wrong}"
    if operation_id(case).startswith("v1 ") and operation_id(case) != "v1 listActivities":
        _check_states(query, listed)


def _check_states(query: Mapping[str, str], listed: list[Shown]) -> None:
    if sum(name in query for name in ("status", "is_deleted")) == 2:
        return
    hidden = any(_is_true(query.get(name, "")) for name in ("filter_deleted_clients", "without_deleted_clients"))
    if hidden:
        asked = {"active", "archived"}
    elif "status" in query:
        asked = {word.strip() for word in query["status"].split(",")}
    elif "is_deleted" in query:
        asked = {"deleted"} if _is_true(query["is_deleted"]) else {"active", "archived"}
    else:
        asked = {"active", "archived"} | ({"deleted"} if _is_true(query.get("with_trashed", "")) else set())
    wrong = [each["id"] for each in listed if _state(each) not in asked]
    assert not wrong, f"{wrong} are in none of the states asked for ({', '.join(sorted(asked))})"


@schemathesis.check
@counts_unreadable_answers
def pages_add_up(_ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """The page has the size asked for, capped, and its figures agree with it and with one another."""
    if operation_id(case) not in FILTERS or not succeeded(response):
        return
    name, default, cap = _SIZES[operation_id(case).partition(" ")[0]]
    query, body = sent_query(response), body_of(response)
    meta = body["meta"].get("pagination", body["meta"])
    size = min(int(query.get(name, default)), cap)
    pages = max(1, -(-meta["total"] // size))
    assert meta["per_page"] == size, f"`{name}` is {meta['per_page']} instead of {size}"
    assert meta.get("last_page", meta.get("total_pages")) == pages, f"{meta['total']} records make {pages} pages"
    assert meta["current_page"] == min(int(query.get("page", 1)), MAX_PAGE), (
        "the page answered is not the page asked for"
    )
    there = min(size, max(0, meta["total"] - (meta["current_page"] - 1) * size))
    ids = [each["id"] for each in body["data"]]
    assert len(ids) == len(set(ids)) == there, f"{len(ids)} records on a page that has {there}"
