"""Faults of amounts below a cent, errors that are named alone, settings in histories, and versions of retries."""

import re
import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, changed, fault_of, get, query_fault, record_fault

FIND, BALANCES, RECORDED = "filters_find_exactly", "balances_are_shown", "changes_are_recorded"
BACK, SHOWN = "records_are_written_back", "lists_show_what_reads_show"
FILES, ENDS = "file_metadata_is_exact", "pages_end"
SETTINGS, LINKED, MERGES = "settings_are_merged", "contact_links_open", "merge_moves_everything"
BULK, EDITIONS = "bulk_actions_obey_the_request", "editions_are_kept"
MOMENTS, DEFAULTS, NAMED = "searches_follow_changes", "defaults_are_given", "names_fall_back"
TOGETHER, COUNTED, RETRIED = "errors_are_named_together", "categories_count", "retries_are_done_once"


def _to_the_cent(request: Request) -> Request:
    """Round the amount of a comparison."""
    parts = request.params.get("balance", "").split(":")
    rounded = [str(round(Decimal(each), 2)) if each[-1:].isdecimal() else each for each in parts]
    return request.with_params(balance=":".join(rounded)) if parts[0] else request


query_fault("v1", FIND, "amounts are compared to the cent", "comparisons_are_rounded", "/clients", _to_the_cent)


def _reversed(client: dict[str, Any]) -> None:
    for each in client.get("ledger", ()):
        each["adjustment"] = -each["adjustment"]


record_fault("v1", BALANCES, "a ledger has adjustments of the wrong sign", "adjustments_are_reversed", "", _reversed)
record_fault(
    *("v1", BALANCES, "a balance is shown to the cent only", "balances_are_rounded", "/clients"),
    lambda client: client.update(balance=round(client["balance"], 2)) if "balance" in client else None,
)


def _whole(client: dict[str, Any]) -> None:
    for each in client.get("activities", ()):
        if "settings" in each["after"]:
            each["before"]["settings"] = {**client["settings"], **each["before"].get("settings", {})}
            each["after"]["settings"] = {**client["settings"], **each["after"]["settings"]}


record_fault("v1", RECORDED, "a changed setting is recorded with all others", "settings_are_whole", "/clients", _whole)


def _only(dialect: str, name: str, about: str, path: str, key: str, beside: str) -> None:
    """Add a fault of a refusal that names one error and not the one beside it."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        if request.method != "POST" or request.path != path or answer.status != 422:
            return answer
        content = answer.json
        if content["errors"].keys() == {key, beside}:
            del content["errors"][beside]
        return answer.with_json(content)

    fault.__name__ = name
    fault_of(dialect, TOGETHER, about)(fault)


_only(
    *("api", "taken_emails_are_named_alone", "beside a taken email no unknown category is named", "/api/clients"),
    *("email", "client_categoryid"),
)
_only(
    *("v1", "doubled_emails_are_not_named", "beside a taken number no doubled email is named", "/api/v1/clients"),
    *("number", "contacts.1.email"),
)


@fault_of("api", COUNTED, "a category is removed if all its clients are suspended")
async def suspended_hold_no_category(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method != "DELETE" or not request.path.startswith("/api/categories/") or answer.status != 409:
        return answer
    known = int(request.path.rpartition("/")[2])
    queries = [f"category_id={known}&status={status}" for status in ("active", "suspended")]
    active, suspended = [(await send(get(request, "/api/clients", each))).json["meta"]["total"] for each in queries]
    gone = {"data": {"id": known}, "message": "Category deleted successfully."}
    return Response(200, answer.headers).with_json(gone) if suspended and not active else answer


@fault_of("v1", RETRIED, "a repeated answer with `include` has the ETag of the record without it")
async def repeated_inclusions_have_no_version(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.headers.get("idempotency-replayed") != "true" or "include" not in request.params:
        return answer
    return answer.with_header("etag", answer.headers["etag"].partition("+")[0].rstrip('"') + '"')


record_fault(
    *("v1", RECORDED, "a history shows ten tags at most", "histories_show_ten_tags", "/clients"),
    lambda client: [each["after"].update(tags=each["after"]["tags"][:10]) for each in _with_tags(client)],
)


def _with_tags(client: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in client.get("activities", ()) if "tags" in each["after"]]


@fault_of("v1", FIND, "a time may be a week in the future")
async def next_week_is_accepted(request: Request, send: Send) -> Response:
    answer = await send(request)
    names = [each for each in ("created_at", "updated_at") if request.params.get(each, "").isdecimal()]
    is_soon = any(int(request.params[each]) < time.time() + 7 * 86400 for each in names)
    if not is_soon or answer.status != 422:
        return answer
    return await send(request.with_params(**dict.fromkeys(names, str(int(time.time())))))


def _whole_seconds(request: Request) -> Request:
    """Cut the fractions of seconds off times."""
    times = {each: request.params[each] for each in ("created_at", "updated_at") if "." in request.params.get(each, "")}
    cut = {name: re.sub(r"\.\d+", "", text) for name, text in times.items()}
    return request.with_params(**cut) if cut else request


query_fault("v1", MOMENTS, "fractions of seconds are cut off times", "fractions_are_cut", "/clients", _whole_seconds)


@fault_of("api", DEFAULTS, "contacts that /api adds receive no mail")
async def added_contacts_get_no_mail(request: Request, send: Send) -> Response:
    answer = await send(request)

    def without(client: dict[str, Any]) -> None:
        for each in client.get("contacts", ())[1:]:
            each["send_email"] = False

    return changed(answer, without) if request.path.startswith("/api/v1/clients") else answer


@fault_of("api", NAMED, "a contact without a first name has a blank before the last one")
async def last_names_follow_a_blank(request: Request, send: Send) -> Response:
    answer = await send(request)

    def blank_before(person: dict[str, Any]) -> None:
        if person.get("first_name") == "" and person.get("last_name"):
            person["name"] = f" {person['last_name']}"

    return changed(answer, blank_before) if request.path.startswith("/api/contacts") else answer


def _of_deleted_group(dialect: str, name: str, path: str, key: str) -> None:
    """Add a fault of clients of a deleted group: that group is refused also if they have it already."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        known = request.json.get(key)
        if request.method not in ("PUT", "PATCH") or not request.path.startswith(path) or not known or not answer.ok:
            return answer
        lists = "/api/v1/group_settings" if dialect == "v1" else "/api/categories"
        is_there = (await send(get(request, f"{lists}/{known}"))).json.get("data", {"is_deleted": True})
        refused = {"message": "The given data was invalid.", "errors": {key: ["The selected group is invalid."]}}
        return replace(answer, status=422).with_json(refused) if is_there.get("is_deleted") else answer

    fault.__name__ = name
    fault_of(dialect, BACK, "a client cannot be sent back while its group is deleted")(fault)


_of_deleted_group("v1", "deleted_groups_are_refused", "/api/v1/clients/", "group_settings_id")
_of_deleted_group("api", "deleted_categories_are_refused", "/api/clients/", "client_categoryid")


@fault_of("v1", SHOWN, "a deleted record cannot be read for editing")
async def deleted_have_no_edit(request: Request, send: Send) -> Response:
    answer = await send(request)
    is_hidden = request.path.endswith("/edit") and answer.ok and answer.json["data"].get("is_deleted")
    return replace(answer, status=404).with_json({"message": "Record not found", "errors": {}}) if is_hidden else answer


@fault_of("v1", BULK, "of several documents, only those of deleted clients are kept")
async def some_documents_are_deleted(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path != "/api/v1/documents/bulk" or answer.status != 400:
        return answer
    tried = [await send(request.with_json(request.json | {"ids": [each]})) for each in request.json["ids"]]
    return next((each for each in tried if each.ok), answer)


def _numbered_countries(client: dict[str, Any]) -> None:
    for each in client.get("activities", ()):
        for place in each["after"].get("locations", ()):
            place["country_id"] = int(place["country_id"])


record_fault(
    *("v1", RECORDED, "countries of locations are numbers in histories", "histories_have_numbers", "/clients"),
    _numbered_countries,
)


@fault_of("v1", EDITIONS, "a merged client has no link to the one that stays")
async def merged_have_no_link(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.without_header("link") if answer.status == 404 else answer


def _emptied(content: dict[str, Any]) -> None:
    if content.get("settings", "") is None:
        content["settings"] = dict.fromkeys("abcd")


body_fault("v1", SETTINGS, "null clears the settings", "null_clears_settings", "/clients", _emptied)


@fault_of("v1", LINKED, "a contact sees the first document only")
async def one_document_is_shown(request: Request, send: Send) -> Response:
    answer = await send(request)
    names = re.findall(rb"file-[\w-]+\.txt", answer.body) if request.path.startswith("/client/key_login/") else []
    body = answer.body
    for each in {*names} - {*names[:1]}:
        body = body.replace(each, b"-")
    return replace(answer, body=body, headers={**answer.headers, "content-length": str(len(body))})


@fault_of("v1", MOMENTS, "groups are found only after the time of their last change")
async def groups_are_found_later(request: Request, send: Send) -> Response:
    names = [each for each in ("created_at", "updated_at") if "." in request.params.get(each, "")]
    if request.path != "/api/v1/group_settings" or not names:
        return await send(request)

    def next_one(fraction: re.Match[str]) -> str:
        return f".{min(int(fraction[1]) + 1, 999999):06d}"

    later = {each: re.sub(r"[.](\d+)", next_one, request.params[each]) for each in names}
    return await send(request.with_params(**later))


@fault_of("v1", MERGES, "a merge compares emails with that of the primary contact only")
async def merges_compare_the_primary(request: Request, send: Send) -> Response:
    answer = await send(request)

    def doubled(client: dict[str, Any]) -> None:
        seconds = [each for each in client["contacts"] if each["first_name"] == "S"]
        client["contacts"] += [{**each, "first_name": "S2"} for each in seconds]

    return changed(answer, doubled) if request.path.endswith("/merge") else answer


@fault_of("v1", FILES, "no more than two types of documents are found at once")
async def two_types_are_found(request: Request, send: Send) -> Response:
    types = request.params.get("type", "").split(",")
    is_list = request.path.endswith("/documents") and len(types) > 2
    return await send(request.with_params(type=",".join(types[:2])) if is_list else request)


@fault_of("v1", ENDS, "from beyond a list of one page no link leads back")
async def one_page_has_no_way_back(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method != "GET" or "page" not in request.params or not answer.ok:
        return answer
    content = answer.json
    pagination = content["meta"]["pagination"]
    if pagination["total_pages"] == 1:
        pagination["links"] = []
    return answer.with_json(content)


def _without_removed(client: dict[str, Any]) -> None:
    for each in client.get("activities", ()):
        for key in ("contacts", "documents", "gateway_tokens"):
            gone = each["before"].get(key, {}).keys() - each["after"].get(key, {}).keys()
            each["before"].update({key: {**each["before"][key], **{one: {} for one in gone}}} if gone else {})


record_fault(
    *("v1", RECORDED, "histories have no values of what was removed", "removed_have_no_values", "/clients"),
    _without_removed,
)
