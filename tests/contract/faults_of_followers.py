"""Faults of what must be updated with a change: searches, lists, totals, feeds, histories, merges, downloads."""

from dataclasses import replace
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import changed, fault_of, get, is_below, list_fault, record_fault

FOUND, TOTALS, RECORDED = "searches_follow_changes", "totals_follow_changes", "changes_are_recorded"
MERGES, FILES = "merge_moves_everything", "file_metadata_is_exact"
_first: dict[str, Any] = {}


def _whose(request: Request) -> str:
    return str(request.headers.get("authorization") or request.headers.get("x-api-token"))


@fault_of("v1", FOUND, "the result of a search is cached")
async def searches_are_remembered(request: Request, send: Send) -> Response:
    if request.path == "/api/v1/clients" and "filter" in request.params:
        key = f"{_whose(request)} {request.query}"
        return _first.setdefault(key, await send(request))
    return await send(request)


@fault_of("v1", FOUND, "lists show clients as they were when they were first listed")
async def lists_show_the_first(request: Request, send: Send) -> Response:
    answer = await send(request)

    def as_first(client: dict[str, Any]) -> None:
        known = _first.setdefault(f"listed {client['id']}", dict(client))
        client.update(known)

    return changed(answer, as_first) if request.path == "/api/v1/clients" and request.method == "GET" else answer


@fault_of("api", "contacts_are_found", "a removed contact is still found")
async def gone_contacts_are_found(request: Request, send: Send) -> Response:
    answer = await send(request)
    key = f"{_whose(request)} {request.path} {request.query}"
    if request.path == "/api/contacts" and "search" in request.params and answer.ok:
        if answer.json["data"]:
            _first[key] = answer
        return _first.get(key, answer)
    return answer


@fault_of("v1", TOTALS, "the total of archived clients is not updated")
async def archived_are_not_counted(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path != "/api/v1/clients" or request.params.get("status") != "archived" or not answer.ok:
        return answer
    content = answer.json
    figures = content["meta"]["pagination"]
    figures["total"] = _first.setdefault(f"total {_whose(request)}", figures["total"])
    return answer.with_json(content)


list_fault(
    *("v1", "feeds_list_changes", "a merged client is listed as purged", "merged_is_purged", "/changes"),
    lambda _request, content: [each.update(type="purged") for each in content["data"] if each["type"] == "merged"],
)
list_fault(
    *("api", "feeds_list_changes", "a merge does not name the client that remains", "merged_into_nobody", "/changes"),
    lambda _request, content: [each.update(merged_into=None) for each in content["data"]],
)
record_fault(
    *("v1", RECORDED, "a create is recorded as a change", "creation_is_a_change", "/clients"),
    lambda client: [
        each.update(activity_type_id="61") for each in client.get("activities", ()) if each["activity_type_id"] == "1"
    ],
)
record_fault(
    *("v1", RECORDED, "every activity is called an update", "everything_is_updated", "/clients"),
    lambda client: [each.update(notes="Updated") for each in client.get("activities", ())],
)


@fault_of("v1", "passwords_are_needed", "a document is deleted without the password")
async def documents_need_no_password(request: Request, send: Send) -> Response:
    answer = await send(request)
    is_refused = request.method == "DELETE" and is_below(request, "v1", "/documents/") and answer.status == 412
    return await send(get(request, request.path)) if is_refused else answer


@fault_of("v1", MERGES, "a contact with only a telephone number is lost in a merge")
async def merge_loses_phones(request: Request, send: Send) -> Response:
    answer = await send(request)

    def without(client: dict[str, Any]) -> None:
        client["contacts"] = [each for each in client["contacts"] if each["first_name"] or each["email"]]

    return changed(answer, without) if request.path.endswith("/merge") else answer


@fault_of("v1", MERGES, "after a merge a client has two default tokens")
async def merge_leaves_two_defaults(request: Request, send: Send) -> Response:
    answer = await send(request)

    def defaults(client: dict[str, Any]) -> None:
        for each in client["gateway_tokens"]:
            each["is_default"] = True

    return changed(answer, defaults) if request.path.endswith("/merge") else answer


@fault_of("v1", FILES, "a download keeps the first name of a renamed document")
async def downloads_keep_their_name(request: Request, send: Send) -> Response:
    answer = await send(request)
    if not request.path.endswith("/download") or not answer.ok:
        return answer
    known = _first.setdefault(request.path, answer.headers["content-disposition"])
    return answer.with_header("content-disposition", known)


@fault_of("v1", FILES, "an SVG file does not count as an image")
async def drawings_are_no_images(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.params.get("type") != "image" or not answer.ok:
        return answer
    content = answer.json
    content["data"] = [each for each in content["data"] if each["type"] != "svg"]
    return replace(answer.with_json(content))


@fault_of("api", "searches_find_new_values", "a search finds the earlier text of a note")
async def notes_are_found_by_the_past(request: Request, send: Send) -> Response:
    answer = await send(request)
    key = f"{_whose(request)} {request.path} {request.query}"
    if request.path == "/api/notes" and "search" in request.params and answer.ok:
        return _first.setdefault(key, answer)
    return answer


@fault_of("v1", "searches_find_new_values", "a renamed document is found only by its first name")
async def documents_are_found_by_first_names(request: Request, send: Send) -> Response:
    is_search = request.path == "/api/v1/documents" and request.params.get("filter", "").startswith("Word")
    return await send(request.with_params(filter="dot.png") if is_search else request)


@fault_of("v1", FOUND, "a tag that was removed still finds the client")
async def removed_tags_find(request: Request, send: Send) -> Response:
    answer = await send(request)
    key = f"{_whose(request)} {request.query}"
    if request.path == "/api/v1/clients" and "tag" in request.params and answer.ok:
        if answer.json["data"]:
            _first[key] = answer
        return _first.get(key, answer)
    return answer


@fault_of("api", "names_fall_back", "a client without a name keeps the name of its first owner")
async def first_owner_lends_the_name(request: Request, send: Send) -> Response:
    path = request.path.removesuffix("/owner")
    if path != request.path:
        before = (await send(get(request, path))).json["data"]
        _first.setdefault(f"owner {path}", before["company_name"])
    answer = await send(request)
    known = _first.get(f"owner {path}")
    return changed(answer, lambda client: client.update(company_name=known)) if known else answer


@fault_of("v1", "writes_keep_the_state", "archiving a group again changes the time when it was archived")
async def archiving_again_changes_its_time(request: Request, send: Send) -> Response:
    if request.path == "/api/v1/group_settings/bulk" and request.json.get("action") == "archive":
        await send(request.with_json(request.json | {"action": "restore"}))
    return await send(request)


record_fault(
    *("v1", "balances_are_shown", "a ledger has the oldest entry first", "ledger_oldest_first", "/clients"),
    lambda client: client.get("ledger", []).reverse(),
)
record_fault(
    *("v1", MERGES, "a merge loses the locations of the merged client", "merge_loses_locations", "/clients"),
    lambda client: client.update(locations=client["locations"][:1]) if "locations" in client else None,
)


def _remembering(name: str, about: str, distinguish: Any) -> None:
    """Add a fault of idempotency keys: requests with the same `distinguish(request)` are taken for the same one."""

    async def fault(request: Request, send: Send) -> Response:
        used = request.headers.get("idempotency-key")
        if used is None:
            return await send(request)
        key = f"{name} {_whose(request)} {used} {distinguish(request)}"
        if key in _first:
            return _first[key].with_header("idempotency-replayed", "true")
        return _first.setdefault(key, await send(request))

    fault.__name__ = name
    fault_of("v1", "actions_are_done_once", about)(fault)


_remembering(
    "retries_ignore_the_query",
    "a used Idempotency-Key with another query counts as the same request",
    lambda request: request.body,
)
_remembering(
    "retries_ignore_the_file",
    "a used Idempotency-Key with another file counts as the same request",
    lambda request: request.path + request.query,
)


@fault_of("v1", "statics_are_complete", "the yen has decimals")
async def yen_have_cents(request: Request, send: Send) -> Response:
    answer = await send(request)
    if not (request.path.endswith("/statics") and answer.ok):
        return answer
    content = answer.json
    for each in content.get("data", content)["currencies"]:
        each["precision"] = 2
    return answer.with_json(content)
