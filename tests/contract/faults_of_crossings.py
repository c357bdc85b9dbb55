"""Faults where one dialect, or a deleted client, meets the other: lost values, hidden records, keys sent back."""

import re
from collections.abc import Callable
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, changed, fault_of, get, is_below, query_fault, record_fault

KEPT, CLOSED, UNKNOWN = "other_values_are_kept", "deleted_is_closed", "unknown_keys_are_named"
ALIKE, BODIES = "queries_are_read_alike", "bodies_are_read_alike"
_JSON = {"content-type": "application/json"}
_REFUSED = Response(422, _JSON, b'{"message": "The given data was invalid.", "errors": {}}')
_NOT_FOUND = Response(404, _JSON, b'{"message": "Record not found", "errors": {}}')
Body = dict[str, Any]


@fault_of("api", KEPT, "a write of the due days in /api clears the other settings")
async def due_days_clear_settings(request: Request, send: Send) -> Response:
    answer = await send(request)
    if "client_billing_invoice_due_days" in request.json and request.path.startswith("/api/clients/"):
        _cleared.add(str(request.json["client_company_name"]))

    def change(client: Body) -> None:
        if client.get("name") in _cleared:
            client["settings"].pop("own", None)

    return changed(answer, change) if request.path.startswith("/api/v1/clients/") else answer


_cleared: set[str] = set()


@fault_of("api", KEPT, "a change of a contact in /api lets it receive emails")
async def changed_contacts_get_mail(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method == "PATCH" and request.path.startswith("/api/contacts/"):
        _mailed.add(str(request.json.get("email")))

    def change(client: Body) -> None:
        for each in client["contacts"]:
            each["send_email"] = each["send_email"] or each["email"] in _mailed

    return changed(answer, change) if request.path.startswith("/api/v1/clients/") else answer


_mailed: set[str] = set()


@fault_of("v1", KEPT, "contacts that are written in /api/v1 lose their position")
async def positions_are_lost(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.ok and request.method == "PUT" and is_below(request, "v1", "/clients/") and request.json.get("contacts"):
        _written.update(each["email"] for each in answer.json["data"]["contacts"])

    def change(contact: Body) -> None:
        contact["job_position"] = None if contact["email"] in _written else contact["job_position"]

    return changed(answer, change) if request.path.startswith("/api/contacts/") else answer


_written: set[str] = set()


@fault_of("v1", CLOSED, "documents of deleted clients are in the list of all documents")
async def deleted_documents_are_listed(request: Request, send: Send) -> Response:
    client = request.params.get("client_id") if request.path == "/api/v1/documents" else None
    return await send(get(request, f"/api/v1/clients/{client}/documents") if client else request)


@fault_of("v1", CLOSED, "a document of a deleted client cannot be read")
async def deleted_documents_are_gone(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method != "GET" or not is_below(request, "v1", "/documents/") or not answer.body.startswith(b"{"):
        return answer
    client = await send(get(request, f"/api/v1/clients/{answer.json['data']['client_id']}")) if answer.ok else None
    return _NOT_FOUND if client and client.json["data"]["is_deleted"] else answer


@fault_of("v1", UNKNOWN, "a key that is shown and cannot be set is refused when it is sent back")
async def shown_keys_are_refused(request: Request, send: Send) -> Response:
    is_strict = "strict" in request.headers.get("prefer", "")
    return _REFUSED if is_strict and "created_at" in request.json else await send(request)


@fault_of("api", UNKNOWN, "a key that is shown and written under another name is not named")
async def other_names_are_not_named(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.without_header("x-ignored-body") if "vat" in request.json else answer


@fault_of("api", "emails_and_names_are_unique", "the email of a contact of a deleted client is free")
async def emails_of_deleted_are_free(request: Request, send: Send) -> Response:
    if request.method == "DELETE" and request.path.startswith("/api/v1/clients/"):
        _free.update(each["email"] for each in (await send(get(request, request.path))).json["data"]["contacts"])
    if request.path == "/api/clients" and request.json.get("email") in _free:
        return Response(201, _JSON, b'{"data": {"id": 1}, "message": "Client created successfully."}')
    return await send(request)


_free: set[str] = set()


def _refusing(dialect: str, check: str, about: str, name: str, is_refused: Callable[[Request], Any]) -> None:
    """Add a fault that refuses some requests."""

    async def fault(request: Request, send: Send) -> Response:
        return _REFUSED if is_refused(request) else await send(request)

    fault.__name__ = name
    fault_of(dialect, check, about)(fault)


_refusing(
    *("api", ALIKE, "a whole number with a fraction of zero is refused", "fractions_of_zero_are_refused"),
    lambda request: ".0" in request.query,
)
_refusing(
    *("v1", ALIKE, "true in capitals is refused", "true_in_capitals_is_refused"),
    lambda request: re.search("=(TRUE|True|Yes|ON)(&|$)", request.query),
)
_refusing(
    *("v1", ALIKE, "a time before 1970 is refused", "early_times_are_refused"),
    lambda request: re.search("_at=(-|1950)", request.query),
)
_refusing(
    *("v1", ALIKE, "an amount beyond every limit is refused", "large_amounts_are_refused"),
    lambda request: "9" * 20 in request.query,
)
query_fault(
    *("v1", ALIKE, "of a list that is sent as a repeated parameter the last value counts", "repeated_are_one"),
    *(
        "/clients",
        lambda request: (
            request.with_params() if request.query.count("sort=") < 2 else request.with_params(**request.params)
        ),
    ),
)
_refusing(
    *("api", "codings_change_nothing", "a compressed body is refused", "compressed_is_refused"),
    lambda request: "content-encoding" in request.headers,
)
_refusing(
    *("v1", BODIES, "settings that are sent as a text are refused", "settings_are_no_text"),
    lambda request: isinstance(request.json.get("settings"), str),
)
_refusing(
    *("v1", BODIES, "`_method` in the query is not read", "methods_in_queries_are_ignored"),
    lambda request: "_method" in request.query,
)
body_fault(
    *("api", BODIES, "numbers of more than 64 bits lose their last digits", "large_numbers_are_rounded", "/clients"),
    lambda body: body.update({key: f"{each:.0f}" for key, each in _large(body)}),
)


def _large(body: Body) -> list[tuple[str, float]]:
    return [(key, float(each)) for key, each in body.items() if isinstance(each, int) and abs(each) > 2**64]


body_fault(
    *("v1", BODIES, "tags that are sent as objects are ignored", "tags_are_no_objects", "/clients"),
    lambda body: body.update(tags=[each for each in body["tags"] if isinstance(each, str)]) if "tags" in body else None,
)
_refusing(
    *("api", UNKNOWN, "another documented name of a field counts as unknown", "other_names_are_unknown"),
    lambda request: "strict" in request.headers.get("prefer", "") and "text" in request.json,
)


def _cut_names(client: Body) -> None:
    for each in client.get("documents", ()):
        each["name"] = each["name"][:250]


record_fault(
    "v1",
    "file_metadata_is_exact",
    "a long file name loses its end",
    "long_names_lose_their_end",
    "/clients",
    _cut_names,
)


def _with(name: str, change: Callable[[str], str]) -> Callable[[Request], Request]:
    """Return a change of one parameter."""
    return lambda request: (
        request.with_params(**{name: change(request.params[name])}) if name in request.params else request
    )


query_fault(
    *("v1", "filters_find_exactly", "a filter for one value ignores its case", "values_have_no_case", "/clients"),
    _with("vat_number", str.upper),
)
query_fault(
    *("v1", "filters_find_exactly", "a number is found without its leading zeros", "numbers_without_zeros"),
    *("/clients", _with("number", lambda number: number.zfill(4) if number.isdigit() else number)),
)
_refusing(
    *("v1", "settings_are_merged", "an empty currency is refused", "empty_currencies_are_refused"),
    lambda request: isinstance(given := request.json.get("settings"), dict) and given.get("currency_id") == "",
)


def _without_numbers(client: Body) -> None:
    if isinstance(client.get("settings"), dict) and isinstance(client["settings"].get("currency_id"), int):
        client["settings"].pop("currency_id")


body_fault(
    *("v1", "settings_are_merged", "a currency that is sent as a number is ignored", "currencies_are_no_numbers"),
    *("/clients", _without_numbers),
)


def _without_deleted_group(client: Body) -> None:
    if (client.get("group_settings") or {}).get("is_deleted"):
        client["group_settings"] = {}


record_fault(
    *(
        "v1",
        "groups_have_a_life_cycle",
        "a deleted group is not included in its clients",
        "deleted_groups_are_not_included",
    ),
    *("/clients", _without_deleted_group),
)


def _with_hashes(client: Body) -> None:
    for each in client.get("activities", ()):
        for contact in each["after"].get("contacts", {}).values():
            if "password_hash" in contact:
                contact["password_hash"] = "$argon2id$v=19$m=8"


record_fault(
    *(
        "v1",
        "changes_are_recorded",
        "activities contain the hash of a contact's password",
        "hashes_are_shown",
        "/clients",
    ),
    _with_hashes,
)


def _without_mail(client: Body) -> None:
    for each in client["contacts"]:
        each["send_email"] = each["send_email"] and bool(each["email"])


record_fault(
    *("v1", "values_are_filled_in", "a blank contact receives no mail by default", "blanks_get_no_mail", "/clients"),
    _without_mail,
)


@fault_of("v1", "statics_are_complete", "industries are numbered from 0")
async def industries_from_zero(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path != "/api/v1/statics" or not answer.ok:
        return answer
    content = answer.json
    for number, each in enumerate(content.get("data", content)["industries"]):
        each["id"] = str(number)
    return answer.with_json(content)


@fault_of("api", "countries_are_understood", "a country is not recognised by its abbreviation")
async def abbreviations_name_no_country(request: Request, send: Send) -> Response:
    answer = await send(request)

    def change(client: Body) -> None:
        client["country_id"] = "" if client["country_id"] == "826" else client["country_id"]

    return changed(answer, change) if request.path.startswith("/api/v1/clients/") else answer


_refusing(
    *("v1", "edges_are_read", "an event that is sent as a number is refused", "events_are_no_numbers"),
    lambda request: isinstance(request.json.get("event_id"), int),
)
