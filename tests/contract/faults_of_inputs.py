"""Faults of inputs that are seldom sent: keys only shown, nulls, temporary ids, codes, missing and doubled values."""

import re
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, changed, fault_of, get, list_fault, query_fault, record_fault

UNKNOWN, CHECKED, CODES = "unknown_keys_are_named", "bulk_is_checked", "codes_are_shown"
WHOLE, ACTIVITIES = "contacts_are_the_whole", "activities_are_listed"
SETTINGS, TAGS, UNIQUE = "settings_are_merged", "tags_are_shown", "references_are_unique"
SORTED, EDITIONS = "sorts_order", "editions_are_kept"
SHOWN, CONTACTS, NAMES = "sent_is_shown", "contacts_are_shown", "merged_keep_their_names"
BULK, LIVE, RECORDED = "bulk_reaches_everyone", "bulk_actions_obey_the_request", "changes_are_recorded"
FILES, ONCE, GUARDED = "file_metadata_is_exact", "actions_are_done_once", "versions_guard_writes"
TAGGED = "etags_follow_changes"
_owners: dict[str, str] = {}
_versions: dict[tuple[str, str], str] = {}
_repeated: dict[str, Response] = {}
_receivers: set[str] = set()


@fault_of("v1", UNKNOWN, "a gateway token can be moved to another client")
async def tokens_move(request: Request, send: Send) -> Response:
    answer = await send(request)
    wanted = request.json.get("client_id")
    if request.method == "PUT" and request.path.startswith("/api/v1/client_gateway_tokens/") and wanted:
        _owners[request.path] = wanted
    if answer.ok and request.path in _owners:
        return changed(answer, lambda token: token.update(client_id=_owners[request.path]))
    return answer


def _any_group(content: dict[str, Any]) -> None:
    if content.get("action") == "assign_group":
        content.setdefault("group_settings_id", "")


body_fault(
    "v1",
    CHECKED,
    "assign_group without a group means the default one",
    "no_group_is_the_default",
    "/clients/bulk",
    _any_group,
)


def _with_nulls(content: dict[str, Any]) -> None:
    if isinstance(content.get("settings"), dict):
        content["settings"] = {key: "" if each is None else each for key, each in content["settings"].items()}


body_fault(
    "v1",
    SETTINGS,
    "a new group keeps settings that are null",
    "nulls_are_settings",
    "/group_settings",
    _with_nulls,
    ("POST",),
)
body_fault(
    "v1",
    CODES,
    "the code of the shipping country takes precedence over its number",
    "shipping_codes_come_first",
    "/clients",
    lambda content: content.pop("shipping_country_id", None) if "shipping_country_code" in content else None,
)


def _refused_numbers(content: dict[str, Any]) -> None:
    """Have contacts with a number as their id refused."""
    for each in content.get("contacts", ()):
        if isinstance(each, dict) and isinstance(each.get("id"), int):
            each["id"] = []


body_fault(
    "v1", WHOLE, "a temporary id that is a number is refused", "numbers_are_no_ids", "/clients", _refused_numbers
)


@fault_of("v1", ACTIVITIES, "the activities of one record are fifty at most")
async def histories_are_short(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path != "/api/v1/activities/entity" or not answer.ok:
        return answer
    return answer.with_json(answer.json | {"data": answer.json["data"][:50]})


body_fault(
    "v1",
    TAGS,
    "null removes all tags",
    "null_removes_tags",
    "/clients",
    lambda content: content.update(tags=[]) if content.get("tags", "") is None else None,
)


def _lower_numbers(content: dict[str, Any]) -> None:
    for key in ("number", "id_number"):
        if isinstance(content.get(key), str):
            content[key] = content[key].lower()


body_fault("v1", UNIQUE, "numbers are unique regardless of case", "numbers_have_no_case", "/clients", _lower_numbers)


@fault_of("v1", SHOWN, "the meta of a gateway token is merged and not replaced")
async def meta_is_merged(request: Request, send: Send) -> Response:
    is_change = request.method in ("PUT", "PATCH") and request.path.startswith("/api/v1/client_gateway_tokens/")
    if is_change and isinstance(request.json.get("meta"), dict):
        known = await send(get(request, request.path))
        if known.ok:
            meta = known.json["data"]["meta"] | request.json["meta"]
            request = request.with_json(request.json | {"meta": meta})
    return await send(request)


def _without_null_flags(content: dict[str, Any]) -> None:
    for contact in content.get("contacts", ()):
        if isinstance(contact, dict):
            for key in ("is_locked", "send_email"):
                if contact.get(key, "") is None:
                    del contact[key]


body_fault(
    "v1", CONTACTS, "null does not clear a contact's flag", "null_flags_are_kept", "/clients", _without_null_flags
)


@fault_of("v1", NAMES, "locations have new ids after a merge")
async def merged_locations_have_new_ids(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path.endswith("/merge") and answer.ok:
        _receivers.add(request.path.split("/")[4])
    if request.method == "GET" and request.path.rpartition("/")[2] in _receivers:
        return changed(answer, lambda client: [each.update(id="new") for each in client.get("locations", ())])
    return answer


def _as_text(request: Request, content: dict[str, Any]) -> None:
    column, _, direction = request.params.get("sort", "").partition("|")
    if column == "number":
        content["data"].sort(key=lambda client: client["number"], reverse=direction.lower() == "desc")


list_fault("v1", SORTED, "numbers of clients sort as text", "numbers_sort_as_text", "/clients", _as_text)


def _any_classification(request: Request) -> Request:
    return request.without_params("classification") if "classification" in request.params else request


query_fault(
    "v1", EDITIONS, "every client has the wanted classification", "classes_find_all", "/clients", _any_classification
)


def _other_link(client: dict[str, Any]) -> None:
    for each in client.get("documents", ()):
        if "link" in each:
            each["link"] = each["link"].removesuffix("/download")


record_fault(
    "v1",
    EDITIONS,
    "the link of a document inside a client does not lead to its bytes",
    "document_links_lead_nowhere",
    "/clients",
    _other_link,
)


def _plain_tags(client: dict[str, Any]) -> None:
    for each in client.get("activities", ()):
        each["notes"] = "Updated" if each["notes"] == "Tags changed" else each["notes"]


record_fault("v1", RECORDED, "a change of tags is recorded as any other change", "tags_are_updates", "", _plain_tags)


@fault_of("api", GUARDED, "If-None-Match is ignored beside If-Match")
async def one_condition_counts(request: Request, send: Send) -> Response:
    both = "if-match" in request.headers and "if-none-match" in request.headers
    return await send(request.without_header("if-none-match") if both else request)


def _total_of_doubles(check: str, name: str, path: str, about: str) -> None:
    """Add a fault of the pagination after a bulk action."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        if request.path != f"/api/v1{path}/bulk" or not answer.ok:
            return answer
        content = answer.json
        content["meta"]["pagination"]["total"] = len(request.json["ids"])
        return answer.with_json(content)

    fault.__name__ = name
    fault_of("v1", check, about)(fault)


_total_of_doubles(BULK, "doubled_clients_count", "/clients", "a client that a bulk action names twice counts twice")
_total_of_doubles(LIVE, "doubled_webhooks_count", "/webhooks", "a webhook that a bulk action names twice counts twice")


@fault_of("v1", FILES, "an extension in capitals finds no document")
async def extensions_have_a_case(request: Request, send: Send) -> Response:
    words = request.params.get("type", "")
    is_list = request.path.endswith("/documents") and words != words.lower()
    return await send(request.with_params(type="none") if is_list else request)


@fault_of("v1", ONCE, "an upload whose second file is another one counts as the same request")
async def first_file_counts(request: Request, send: Send) -> Response:
    key, first = request.headers.get("idempotency-key"), re.search(rb'filename="(.*?)\r\n--', request.body, re.DOTALL)
    if key is None or first is None:
        return await send(request)
    known = f"{request.path} {key} {first[1]!r}"
    if known not in _repeated:
        _repeated[known] = await send(request)
    return _repeated[known]


def _same_version(dialect: str, name: str, path: str, about: str) -> None:
    """Add a fault of the version of a record whose client changes."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        is_record = request.path.startswith(path) and answer.ok and "etag" in answer.headers
        if not is_record:
            return answer
        own = {key: each for key, each in answer.json["data"].items() if key not in _OF_ITS_CLIENT}
        return answer.with_header("etag", _versions.setdefault((request.path, str(own)), answer.headers["etag"]))

    fault.__name__ = name
    fault_of(dialect, TAGGED, about)(fault)


_OF_ITS_CLIENT = ("client_id", "resource", "updated_at", "dates")
_same_version(
    "v1", "moved_documents_keep_versions", "/api/v1/documents/", "a document that a merge moves has no new ETag"
)
_same_version("api", "moved_notes_keep_versions", "/api/notes/", "a note that a merge moves has no new ETag")
