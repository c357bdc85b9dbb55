"""Faults of one resource or one list only: versions and retries of seldom used writes, bulk actions, histories."""

from dataclasses import replace
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import CHANGES, changed, fault_of, get, list_fault, query_fault, record_fault

GUARD, ONCE, BULK = "versions_guard_every_write", "retries_are_the_same_request", "bulk_actions_obey_the_request"
UNKNOWN = "unknown_parameters_are_named"
_JSON = {"content-type": "application/json"}
_known: dict[str, Any] = {}


def _whose(request: Request) -> str:
    return str(request.headers.get("authorization") or request.headers.get("x-api-token"))


def _refused(status: int) -> Response:
    return Response(status, _JSON, b'{"message": "x", "errors": {}}')


def _is_bulk(request: Request, *nouns: str) -> bool:
    return request.method == "POST" and request.path in [f"/api/v1/{noun}/bulk" for noun in nouns]


@fault_of("api", GUARD, "`If-Match` is ignored by the deletion of a note")
async def note_deletions_ignore_if_match(request: Request, send: Send) -> Response:
    is_note = request.method == "DELETE" and request.path.startswith("/api/notes/")
    return await send(request.without_header("if-match") if is_note else request)


@fault_of("v1", GUARD, "`If-Match` is ignored by uploads")
async def uploads_ignore_if_match(request: Request, send: Send) -> Response:
    return await send(request.without_header("if-match") if request.path.endswith("/upload") else request)


@fault_of("api", GUARD, "`If-Match` is ignored by a change of owner")
async def owner_changes_ignore_if_match(request: Request, send: Send) -> Response:
    return await send(request.without_header("if-match") if request.path.endswith("owner") else request)


@fault_of("v1", GUARD, "`If-Match` of a bulk action is ignored instead of refused")
async def bulk_takes_any_version(request: Request, send: Send) -> Response:
    return await send(request.without_header("if-match") if request.path.endswith("/bulk") else request)


@fault_of("v1", GUARD, "an ETag with the ending of a compressing proxy is another version")
async def zipped_versions_are_others(request: Request, send: Send) -> Response:
    return _refused(412) if "-gzip" in request.headers.get("if-match", "") else await send(request)


@fault_of("v1", GUARD, "a write does not accept the ETag of an answer with included data")
async def included_versions_are_others(request: Request, send: Send) -> Response:
    is_write = request.method != "GET" and "+" in request.headers.get("if-match", "")
    return _refused(412) if is_write else await send(request)


@fault_of("api", ONCE, "a repeated answer does not name the keys that were ignored")
async def replays_name_no_keys(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.without_header("x-ignored-body") if "idempotency-replayed" in answer.headers else answer


@fault_of("v1", ONCE, "an Idempotency-Key in quotes is another key than without")
async def quotes_make_another_key(request: Request, send: Send) -> Response:
    key = request.headers.get("idempotency-key", "")
    return await send(request.with_headers(idempotency_key=f"q-{key[1:-1]}") if key[:1] == '"' else request)


@fault_of("v1", ONCE, "PATCH with the Idempotency-Key of a PUT counts as the same request")
async def retries_ignore_the_method(request: Request, send: Send) -> Response:
    is_retry = request.method == "PATCH" and "idempotency-key" in request.headers
    return await send(replace(request, method="PUT") if is_retry else request)


@fault_of("v1", ONCE, "an Idempotency-Key applies to all API keys of a company")
async def retries_of_all_callers(request: Request, send: Send) -> Response:
    key = request.headers.get("idempotency-key")
    if not key:
        return await send(request)
    company = (await send(get(request, "/api/v1/companies/current"))).json["data"]["id"]
    first = _known.setdefault(f"retry {key} {company}", request.headers.get("x-api-token"))
    return await send(request.with_headers(x_api_token=first))


@fault_of("v1", UNKNOWN, "unknown parameters are named in lists only")
async def reads_name_no_parameters(request: Request, send: Send) -> Response:
    answer = await send(request)
    one = request.method == "GET" and request.path.count("/") > 3
    return answer.without_header("x-ignored-query") if one else answer


@fault_of("v1", UNKNOWN, "unknown parameters of a write are not named")
async def writes_name_no_parameters(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.without_header("x-ignored-query") if request.method in CHANGES else answer


@fault_of("api", UNKNOWN, "a followed preference is not confirmed")
async def preferences_are_not_confirmed(request: Request, send: Send) -> Response:
    return (await send(request)).without_header("preference-applied")


@fault_of("api", UNKNOWN, "Prefer: handling=strict applies to lists and bodies only")
async def one_is_never_strict(request: Request, send: Send) -> Response:
    one = request.method == "GET" and request.path.count("/") > 2
    return await send(request.without_header("prefer") if one else request)


@fault_of("v1", "revoked_keys_are_refused", "a revoked key is still accepted")
async def revoked_keys_open(request: Request, send: Send) -> Response:
    answer, key = await send(request), request.headers.get("x-api-token", "")
    opened = _known.setdefault("opened", {})
    if answer.status == 200:
        opened[key] = None
    elif answer.status == 403 and key in opened:
        return await send(request.with_headers(x_api_token=list(opened)[-1]))
    return answer


@fault_of("v1", BULK, "a bulk action restores only the first of several groups")
async def first_group_is_restored(request: Request, send: Send) -> Response:
    is_restored = _is_bulk(request, "group_settings") and request.json.get("action") == "restore"
    return await send(request.with_json(request.json | {"ids": request.json["ids"][:1]}) if is_restored else request)


async def _only_known(request: Request, send: Send, noun: str) -> Response:
    if not _is_bulk(request, noun):
        return await send(request)
    known = [each for each in request.json["ids"] if (await send(get(request, f"/api/v1/{noun}/{each}"))).ok]
    return await send(request.with_json(request.json | {"ids": known}) if known else request)


@fault_of("v1", BULK, "a bulk action on groups ignores unknown ids")
async def unknown_groups_pass(request: Request, send: Send) -> Response:
    return await _only_known(request, send, "group_settings")


@fault_of("v1", BULK, "a bulk action on documents ignores unknown ids")
async def unknown_documents_pass(request: Request, send: Send) -> Response:
    return await _only_known(request, send, "documents")


@fault_of("v1", BULK, "a bulk action answers its groups and webhooks in another order")
async def bulk_answers_groups_backwards(request: Request, send: Send) -> Response:
    answer = await send(request)
    if not _is_bulk(request, "group_settings", "webhooks") or not answer.ok:
        return answer
    return answer.with_json(answer.json | {"data": answer.json["data"][::-1]})


def _without_archiving(record: dict[str, Any]) -> None:
    if record.get("is_deleted"):
        record["archived_at"] = 0


for _noun, _path in (("group", "/group_settings"), ("webhook", "/webhooks")):
    record_fault(
        *("v1", BULK, f"deleting a {_noun} clears `archived_at`", f"deleted_{_noun}s_were_active", _path),
        _without_archiving,
    )


@fault_of("v1", "merge_takes_what_is_missing", "a deleted client cannot be merged into another one")
async def deleted_are_not_merged(request: Request, send: Send) -> Response:
    if request.path.endswith("/merge"):
        other = await send(get(request, f"/api/v1/clients/{request.path.split('/')[-2]}"))
        if other.ok and other.json["data"]["is_deleted"]:
            return _refused(400)
    return await send(request)


@fault_of("api", "categories_count", "a category does not count the clients that a bulk action of /api/v1 put into it")
async def assigned_are_not_counted(request: Request, send: Send) -> Response:
    answer = await send(request)
    if _is_bulk(request, "clients") and request.json.get("group_settings_id") and answer.ok:
        group = await send(get(request, f"/api/v1/group_settings/{request.json['group_settings_id']}"))
        _known[f"count {group.json['data']['name']}"] = len(request.json["ids"])

    def change(category: dict[str, Any]) -> None:
        category["count"] -= _known.get(f"count {category['name']}", 0)

    return changed(answer, change) if request.path.startswith("/api/categories") and request.method == "GET" else answer


def _unrecorded(method: str, noun: str, name: str, about: str) -> None:
    """Add a fault that shows no activity of a change of records of clients."""
    hidden = set[str]()

    def is_shown(activity: dict[str, Any]) -> bool:
        return activity["id"] not in hidden

    async def fault(request: Request, send: Send) -> Response:
        is_change = request.method == method and request.path.startswith(f"/api/v1/{noun}/")
        one = await send(get(request, request.path)) if is_change else None
        answer = await send(request)
        if one and one.ok and answer.ok:
            history = await send(get(request, "/api/v1/activities", f"client_id={one.json['data']['client_id']}"))
            hidden.add(history.json["data"][0]["id"])
        if request.path == "/api/v1/activities/entity" and answer.ok:
            return answer.with_json(answer.json | {"data": [*filter(is_shown, answer.json["data"])]})
        if not request.path.startswith("/api/v1/clients/") or "include=activities" not in request.query:
            return answer
        return changed(answer, lambda client: client.update(activities=[*filter(is_shown, client["activities"])]))

    fault.__name__ = name
    fault_of("v1", "changes_are_recorded", about)(fault)


_unrecorded("DELETE", "documents", "document_deletions_are_lost", "the deletion of a document is not recorded")
_unrecorded("PUT", "client_gateway_tokens", "token_changes_are_lost", "a change of a gateway token is not recorded")


def _pagination(content: dict[str, Any]) -> dict[str, Any]:
    return dict(content["meta"]["pagination"])


def _lose_client(_request: Request, content: dict[str, Any]) -> None:
    links = _pagination(content)["links"]
    for word in links if isinstance(links, dict) else ():
        links[word] = links[word].replace("client_id=", "client=")


list_fault(
    *("v1", "activities_are_listed", "links of activities lose the client", "activity_links_lose_the_client"),
    *("/activities", _lose_client),
)


@fault_of("v1", "documents_of_a_client", "the total of a client's documents is that of all documents")
async def total_of_all_documents(request: Request, send: Send) -> Response:
    answer = await send(request)
    if not _is_of_client(request) or not answer.ok:
        return answer
    everything, content = (await send(get(request, "/api/v1/documents"))).json, answer.json
    content["meta"]["pagination"]["total"] = _pagination(everything)["total"]
    return answer.with_json(content)


def _is_of_client(request: Request) -> bool:
    return request.path.startswith("/api/v1/clients/") and request.path.endswith("/documents")


def _first_level(request: Request) -> Request:
    return (
        request.with_params(sort=request.params["sort"].partition(",")[0])
        if "," in request.params.get("sort", "")
        else request
    )


for _noun in ("documents", "users"):
    query_fault(
        *("v1", "sorts_have_levels", f"the second level of a sort of {_noun} is ignored", f"levels_of_{_noun}"),
        *(f"/{_noun}", _first_level),
    )
query_fault(
    *("v1", "sorts_have_levels", "`sort[]` of groups is ignored", "groups_ignore_sort_arrays", "/group_settings"),
    lambda request: request.without_params("sort[]"),
)
query_fault(
    *("v1", "states_list_exactly", "`with_trashed` lists deleted groups though a status is given"),
    *("trashed_before_status", "/group_settings"),
    lambda request: request.without_params("status") if request.params.get("with_trashed") == "true" else request,
)
query_fault(
    *("v1", "states_list_exactly", "`status` is ignored if webhooks are filtered by their event"),
    *("event_before_status", "/webhooks"),
    lambda request: request.without_params("status") if "event_id" in request.params else request,
)
for _dialect, _noun in (("v1", "users"), ("api", "team")):
    query_fault(
        *(_dialect, "sorts_order", f"a sort of team users in {'/api' if _dialect == 'api' else '/api/v1'} is ignored"),
        *(f"{_noun}_in_no_order", f"/{_noun}", lambda request: request.without_params("sort")),
    )


@fault_of("v1", "known_etags_are_answered_304", "HEAD ignores `If-None-Match`")
async def head_ignores_if_none_match(request: Request, send: Send) -> Response:
    return await send(request.without_header("if-none-match") if request.method == "HEAD" else request)


@fault_of("api", "known_etags_are_answered_304", "a 304 has no headers for caches")
async def not_modified_has_no_cache_headers(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.without_header("cache-control").without_header("vary") if answer.status == 304 else answer


@fault_of("v1", "caching_is_declared", "a refused method may be cached")
async def refused_methods_are_public(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.with_header("cache-control", "public") if answer.status == 405 else answer


@fault_of("v1", "retries_are_done_once", "the answer of a create has no ETag")
async def new_have_no_tag(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.without_header("etag") if request.method == "POST" and answer.ok else answer
