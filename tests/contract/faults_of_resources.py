"""Faults of one resource or one list only: versions and retries of seldom used writes, bulk actions, histories."""

from dataclasses import replace
from typing import Any

from tests.contract.faulty import Answered, Ask, Asked
from tests.contract.meaning import CHANGES, asked_for, changed, fault_of, get, listed, shown

GUARD, ONCE, LIVE = "versions_guard_every_write", "retries_are_the_same_request", "records_live_alike"
TOLD = "unknown_parameters_are_named"
_JSON = {"content-type": "application/json"}
_known: dict[str, Any] = {}


def _whose(asked: Asked) -> str:
    return str(asked.headers.get("authorization") or asked.headers.get("x-api-token"))


def _refused(status: int) -> Answered:
    return Answered(status, _JSON, b'{"message": "x", "errors": {}}')


def _is_bulk(asked: Asked, *nouns: str) -> bool:
    return asked.method == "POST" and asked.path in [f"/api/v1/{noun}/bulk" for noun in nouns]


@fault_of("api", GUARD, "`If-Match` is ignored by the deletion of a note")
async def notes_go_at_any_version(asked: Asked, ask: Ask) -> Answered:
    is_note = asked.method == "DELETE" and asked.path.startswith("/api/notes/")
    return await ask(asked.without_header("if-match") if is_note else asked)


@fault_of("v1", GUARD, "`If-Match` is ignored by uploads")
async def uploads_hear_no_version(asked: Asked, ask: Ask) -> Answered:
    return await ask(asked.without_header("if-match") if asked.path.endswith("/upload") else asked)


@fault_of("api", GUARD, "`If-Match` is ignored by a change of owner")
async def owners_hear_no_version(asked: Asked, ask: Ask) -> Answered:
    return await ask(asked.without_header("if-match") if asked.path.endswith("owner") else asked)


@fault_of("v1", GUARD, "`If-Match` of a bulk action is ignored instead of refused")
async def bulk_takes_any_version(asked: Asked, ask: Ask) -> Answered:
    return await ask(asked.without_header("if-match") if asked.path.endswith("/bulk") else asked)


@fault_of("v1", GUARD, "an ETag with the ending of a compressing proxy is another version")
async def zipped_versions_are_others(asked: Asked, ask: Ask) -> Answered:
    return _refused(412) if "-gzip" in asked.headers.get("if-match", "") else await ask(asked)


@fault_of("v1", GUARD, "a write does not accept the ETag of an answer with included data")
async def included_versions_are_others(asked: Asked, ask: Ask) -> Answered:
    is_write = asked.method != "GET" and "+" in asked.headers.get("if-match", "")
    return _refused(412) if is_write else await ask(asked)


@fault_of("api", ONCE, "a repeated answer does not name the keys that were ignored")
async def replays_name_no_keys(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    return answer.without_header("x-ignored-body") if "idempotency-replayed" in answer.headers else answer


@fault_of("v1", ONCE, "an Idempotency-Key in quotes is another key than without")
async def quotes_make_another_key(asked: Asked, ask: Ask) -> Answered:
    key = asked.headers.get("idempotency-key", "")
    return await ask(asked.with_headers(idempotency_key=f"q-{key[1:-1]}") if key[:1] == '"' else asked)


@fault_of("v1", ONCE, "PATCH with the Idempotency-Key of a PUT counts as the same request")
async def methods_are_no_requests(asked: Asked, ask: Ask) -> Answered:
    is_retry = asked.method == "PATCH" and "idempotency-key" in asked.headers
    return await ask(replace(asked, method="PUT") if is_retry else asked)


@fault_of("v1", ONCE, "an Idempotency-Key applies to all API keys of a company")
async def retries_of_all_callers(asked: Asked, ask: Ask) -> Answered:
    key = asked.headers.get("idempotency-key")
    if not key:
        return await ask(asked)
    company = (await ask(get(asked, "/api/v1/companies/current"))).json["data"]["id"]
    first = _known.setdefault(f"retry {key} {company}", asked.headers.get("x-api-token"))
    return await ask(asked.with_headers(x_api_token=first))


@fault_of("v1", TOLD, "unknown parameters are named in lists only")
async def reads_name_no_parameters(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    one = asked.method == "GET" and asked.path.count("/") > 3
    return answer.without_header("x-ignored-query") if one else answer


@fault_of("v1", TOLD, "unknown parameters of a write are not named")
async def writes_name_no_parameters(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    return answer.without_header("x-ignored-query") if asked.method in CHANGES else answer


@fault_of("api", TOLD, "a followed preference is not confirmed")
async def preferences_are_not_confirmed(asked: Asked, ask: Ask) -> Answered:
    return (await ask(asked)).without_header("preference-applied")


@fault_of("api", TOLD, "Prefer: handling=strict applies to lists and bodies only")
async def one_is_never_strict(asked: Asked, ask: Ask) -> Answered:
    one = asked.method == "GET" and asked.path.count("/") > 2
    return await ask(asked.without_header("prefer") if one else asked)


@fault_of("v1", "revoked_keys_are_refused", "a revoked key is still accepted")
async def revoked_keys_open(asked: Asked, ask: Ask) -> Answered:
    answer, key = await ask(asked), asked.headers.get("x-api-token", "")
    opened = _known.setdefault("opened", {})
    if answer.status == 200:
        opened[key] = None
    elif answer.status == 403 and key in opened:
        return await ask(asked.with_headers(x_api_token=list(opened)[-1]))
    return answer


@fault_of("v1", LIVE, "a bulk action restores only the first of several groups")
async def first_group_is_restored(asked: Asked, ask: Ask) -> Answered:
    is_restored = _is_bulk(asked, "group_settings") and asked.json.get("action") == "restore"
    return await ask(asked.sending(asked.json | {"ids": asked.json["ids"][:1]}) if is_restored else asked)


async def _only_known(asked: Asked, ask: Ask, noun: str) -> Answered:
    if not _is_bulk(asked, noun):
        return await ask(asked)
    known = [each for each in asked.json["ids"] if (await ask(get(asked, f"/api/v1/{noun}/{each}"))).ok]
    return await ask(asked.sending(asked.json | {"ids": known}) if known else asked)


@fault_of("v1", LIVE, "a bulk action on groups ignores unknown ids")
async def unknown_groups_pass(asked: Asked, ask: Ask) -> Answered:
    return await _only_known(asked, ask, "group_settings")


@fault_of("v1", LIVE, "a bulk action on documents ignores unknown ids")
async def unknown_documents_pass(asked: Asked, ask: Ask) -> Answered:
    return await _only_known(asked, ask, "documents")


@fault_of("v1", LIVE, "a bulk action answers its groups and webhooks in another order")
async def bulk_answers_groups_backwards(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if not _is_bulk(asked, "group_settings", "webhooks") or not answer.ok:
        return answer
    return answer.saying(answer.json | {"data": answer.json["data"][::-1]})


def _without_archiving(record: dict[str, Any]) -> None:
    if record.get("is_deleted"):
        record["archived_at"] = 0


for _noun, _path in (("group", "/group_settings"), ("webhook", "/webhooks")):
    shown(
        *("v1", LIVE, f"deleting a {_noun} clears `archived_at`", f"deleted_{_noun}s_were_active", _path),
        _without_archiving,
    )


@fault_of("v1", "merge_takes_what_is_missing", "a deleted client cannot be merged into another one")
async def deleted_are_not_merged(asked: Asked, ask: Ask) -> Answered:
    if asked.path.endswith("/merge"):
        other = await ask(get(asked, f"/api/v1/clients/{asked.path.split('/')[-2]}"))
        if other.ok and other.json["data"]["is_deleted"]:
            return _refused(400)
    return await ask(asked)


@fault_of("api", "categories_count", "a category does not count the clients that a bulk action of /api/v1 put into it")
async def assigned_are_not_counted(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if _is_bulk(asked, "clients") and asked.json.get("group_settings_id") and answer.ok:
        group = await ask(get(asked, f"/api/v1/group_settings/{asked.json['group_settings_id']}"))
        _known[f"count {group.json['data']['name']}"] = len(asked.json["ids"])

    def change(category: dict[str, Any]) -> None:
        category["count"] -= _known.get(f"count {category['name']}", 0)

    return changed(answer, change) if asked.path.startswith("/api/categories") and asked.method == "GET" else answer


def _unrecorded(method: str, noun: str, name: str, about: str) -> None:
    """Add a fault that shows no activity of a change of records of clients."""
    hidden = set[str]()

    def is_shown(activity: dict[str, Any]) -> bool:
        return activity["id"] not in hidden

    async def fault(asked: Asked, ask: Ask) -> Answered:
        is_change = asked.method == method and asked.path.startswith(f"/api/v1/{noun}/")
        one = await ask(get(asked, asked.path)) if is_change else None
        answer = await ask(asked)
        if one and one.ok and answer.ok:
            history = await ask(get(asked, "/api/v1/activities", f"client_id={one.json['data']['client_id']}"))
            hidden.add(history.json["data"][0]["id"])
        if asked.path == "/api/v1/activities/entity" and answer.ok:
            return answer.saying(answer.json | {"data": [*filter(is_shown, answer.json["data"])]})
        if not asked.path.startswith("/api/v1/clients/") or "include=activities" not in asked.query:
            return answer
        return changed(answer, lambda client: client.update(activities=[*filter(is_shown, client["activities"])]))

    fault.__name__ = name
    fault_of("v1", "verbs_are_recorded", about)(fault)


_unrecorded("DELETE", "documents", "document_deletions_are_lost", "the deletion of a document is not recorded")
_unrecorded("PUT", "client_gateway_tokens", "token_changes_are_lost", "a change of a gateway token is not recorded")


def _pagination(content: dict[str, Any]) -> dict[str, Any]:
    return dict(content["meta"]["pagination"])


def _lose_client(_asked: Asked, content: dict[str, Any]) -> None:
    links = _pagination(content)["links"]
    for word in links if isinstance(links, dict) else ():
        links[word] = links[word].replace("client_id=", "client=")


listed(
    *("v1", "activities_are_listed", "links of activities lose the client", "activity_links_lose_the_client"),
    *("/activities", _lose_client),
)


@fault_of("v1", "documents_of_a_client", "the total of a client's documents is that of all documents")
async def total_of_all_documents(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if not _is_of_client(asked) or not answer.ok:
        return answer
    everything, content = (await ask(get(asked, "/api/v1/documents"))).json, answer.json
    content["meta"]["pagination"]["total"] = _pagination(everything)["total"]
    return answer.saying(content)


def _is_of_client(asked: Asked) -> bool:
    return asked.path.startswith("/api/v1/clients/") and asked.path.endswith("/documents")


def _first_level(asked: Asked) -> Asked:
    return asked.asking(sort=asked.named["sort"].partition(",")[0]) if "," in asked.named.get("sort", "") else asked


for _noun in ("documents", "users"):
    asked_for(
        *("v1", "sorts_have_levels", f"the second level of a sort of {_noun} is ignored", f"levels_of_{_noun}"),
        *(f"/{_noun}", _first_level),
    )
asked_for(
    *("v1", "sorts_have_levels", "`sort[]` of groups is ignored", "groups_hear_no_arrays", "/group_settings"),
    lambda asked: asked.without("sort[]"),
)
asked_for(
    *("v1", "states_list_exactly", "`with_trashed` lists deleted groups though a status is given"),
    *("trashed_before_status", "/group_settings"),
    lambda asked: asked.without("status") if asked.named.get("with_trashed") == "true" else asked,
)
asked_for(
    *("v1", "states_list_exactly", "`status` is ignored if webhooks are filtered by their event"),
    *("event_before_status", "/webhooks"),
    lambda asked: asked.without("status") if "event_id" in asked.named else asked,
)
for _dialect, _noun in (("v1", "users"), ("api", "team")):
    asked_for(
        *(_dialect, "sorts_order", f"a sort of team users in {'/api' if _dialect == 'api' else '/api/v1'} is ignored"),
        *(f"{_noun}_in_no_order", f"/{_noun}", lambda asked: asked.without("sort")),
    )


@fault_of("v1", "known_tags_are_answered_304", "HEAD ignores `If-None-Match`")
async def heads_are_never_spared(asked: Asked, ask: Ask) -> Answered:
    return await ask(asked.without_header("if-none-match") if asked.method == "HEAD" else asked)


@fault_of("api", "known_tags_are_answered_304", "a 304 has no headers for caches")
async def spared_are_silent(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    return answer.without_header("cache-control").without_header("vary") if answer.status == 304 else answer


@fault_of("v1", "caching_is_declared", "a refused method may be cached")
async def refused_methods_are_public(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    return answer.with_header("cache-control", "public") if answer.status == 405 else answer


@fault_of("v1", "retries_are_done_once", "the answer of a create has no ETag")
async def new_have_no_tag(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    return answer.without_header("etag") if asked.method == "POST" and answer.ok else answer
