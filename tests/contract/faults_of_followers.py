"""Faults of what must be updated with a change: searches, lists, totals, feeds, histories, merges, downloads."""

from dataclasses import replace
from typing import Any

from tests.contract.faulty import Answered, Ask, Asked
from tests.contract.meaning import changed, fault_of, get, is_below, listed, shown

FOUND, TOTALS, RECORDED = "searches_follow_changes", "totals_follow_changes", "verbs_are_recorded"
MERGES, FILES = "merge_moves_everything", "files_are_measured"
_first: dict[str, Any] = {}


def _whose(asked: Asked) -> str:
    return str(asked.headers.get("authorization") or asked.headers.get("x-api-token"))


@fault_of("v1", FOUND, "the result of a search is cached")
async def searches_are_remembered(asked: Asked, ask: Ask) -> Answered:
    if asked.path == "/api/v1/clients" and "filter" in asked.named:
        key = f"{_whose(asked)} {asked.query}"
        return _first.setdefault(key, await ask(asked))
    return await ask(asked)


@fault_of("v1", FOUND, "lists show clients as they were when they were first listed")
async def lists_show_the_first(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)

    def as_first(client: dict[str, Any]) -> None:
        known = _first.setdefault(f"listed {client['id']}", dict(client))
        client.update(known)

    return changed(answer, as_first) if asked.path == "/api/v1/clients" and asked.method == "GET" else answer


@fault_of("api", "contacts_are_found", "a removed contact is still found")
async def gone_contacts_are_found(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    key = f"{_whose(asked)} {asked.path} {asked.query}"
    if asked.path == "/api/contacts" and "search" in asked.named and answer.ok:
        if answer.json["data"]:
            _first[key] = answer
        return _first.get(key, answer)
    return answer


@fault_of("v1", TOTALS, "the total of archived clients is not updated")
async def archived_are_not_counted(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if asked.path != "/api/v1/clients" or asked.named.get("status") != "archived" or not answer.ok:
        return answer
    content = answer.json
    figures = content["meta"]["pagination"]
    figures["total"] = _first.setdefault(f"total {_whose(asked)}", figures["total"])
    return answer.saying(content)


listed(
    *("v1", "feeds_list_changes", "a merged client is listed as purged", "merged_is_purged", "/changes"),
    lambda _asked, content: [each.update(type="purged") for each in content["data"] if each["type"] == "merged"],
)
listed(
    *("api", "feeds_list_changes", "a merge does not name the client that remains", "merged_into_nobody", "/changes"),
    lambda _asked, content: [each.update(merged_into=None) for each in content["data"]],
)
shown(
    *("v1", RECORDED, "a create is recorded as a change", "creation_is_a_change", "/clients"),
    lambda client: [
        each.update(activity_type_id="61") for each in client.get("activities", ()) if each["activity_type_id"] == "1"
    ],
)
shown(
    *("v1", RECORDED, "every activity is called an update", "everything_is_updated", "/clients"),
    lambda client: [each.update(notes="Updated") for each in client.get("activities", ())],
)


@fault_of("v1", "passwords_are_needed", "a document is deleted without the password")
async def documents_need_no_password(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    is_refused = asked.method == "DELETE" and is_below(asked, "v1", "/documents/") and answer.status == 412
    return await ask(get(asked, asked.path)) if is_refused else answer


@fault_of("v1", MERGES, "a contact with only a telephone number is lost in a merge")
async def merge_loses_phones(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)

    def without(client: dict[str, Any]) -> None:
        client["contacts"] = [each for each in client["contacts"] if each["first_name"] or each["email"]]

    return changed(answer, without) if asked.path.endswith("/merge") else answer


@fault_of("v1", MERGES, "after a merge a client has two default tokens")
async def merge_leaves_two_defaults(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)

    def defaults(client: dict[str, Any]) -> None:
        for each in client["gateway_tokens"]:
            each["is_default"] = True

    return changed(answer, defaults) if asked.path.endswith("/merge") else answer


@fault_of("v1", FILES, "a download keeps the first name of a renamed document")
async def downloads_keep_their_name(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if not asked.path.endswith("/download") or not answer.ok:
        return answer
    known = _first.setdefault(asked.path, answer.headers["content-disposition"])
    return answer.with_header("content-disposition", known)


@fault_of("v1", FILES, "an SVG file does not count as an image")
async def drawings_are_no_images(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if asked.named.get("type") != "image" or not answer.ok:
        return answer
    content = answer.json
    content["data"] = [each for each in content["data"] if each["type"] != "svg"]
    return replace(answer.saying(content))


@fault_of("api", "records_are_found_anew", "a search finds the earlier text of a note")
async def notes_are_found_by_the_past(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    key = f"{_whose(asked)} {asked.path} {asked.query}"
    if asked.path == "/api/notes" and "search" in asked.named and answer.ok:
        return _first.setdefault(key, answer)
    return answer


@fault_of("v1", "records_are_found_anew", "a renamed document is found only by its first name")
async def documents_are_found_by_first_names(asked: Asked, ask: Ask) -> Answered:
    is_search = asked.path == "/api/v1/documents" and asked.named.get("filter", "").startswith("Word")
    return await ask(asked.asking(filter="dot.png") if is_search else asked)


@fault_of("v1", FOUND, "a tag that was removed still finds the client")
async def removed_tags_find(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    key = f"{_whose(asked)} {asked.query}"
    if asked.path == "/api/v1/clients" and "tag" in asked.named and answer.ok:
        if answer.json["data"]:
            _first[key] = answer
        return _first.get(key, answer)
    return answer


@fault_of("api", "names_fall_back", "a client without a name keeps the name of its first owner")
async def first_owner_lends_the_name(asked: Asked, ask: Ask) -> Answered:
    path = asked.path.removesuffix("/owner")
    if path != asked.path:
        before = (await ask(get(asked, path))).json["data"]
        _first.setdefault(f"owner {path}", before["company_name"])
    answer = await ask(asked)
    known = _first.get(f"owner {path}")
    return changed(answer, lambda client: client.update(company_name=known)) if known else answer


@fault_of("v1", "writes_keep_the_state", "archiving a group again changes the time when it was archived")
async def groups_are_archived_anew(asked: Asked, ask: Ask) -> Answered:
    if asked.path == "/api/v1/group_settings/bulk" and asked.json.get("action") == "archive":
        await ask(asked.sending(asked.json | {"action": "restore"}))
    return await ask(asked)


shown(
    *("v1", "balances_are_shown", "a ledger has the oldest entry first", "ledger_oldest_first", "/clients"),
    lambda client: client.get("ledger", []).reverse(),
)
shown(
    *("v1", MERGES, "a merge loses the locations of the merged client", "merge_loses_locations", "/clients"),
    lambda client: client.update(locations=client["locations"][:1]) if "locations" in client else None,
)


def _remembering(name: str, about: str, distinguish: Any) -> None:
    """Add a fault of idempotency keys: requests with the same `distinguish(request)` are taken for the same one."""

    async def fault(asked: Asked, ask: Ask) -> Answered:
        used = asked.headers.get("idempotency-key")
        if used is None:
            return await ask(asked)
        key = f"{name} {_whose(asked)} {used} {distinguish(asked)}"
        if key in _first:
            return _first[key].with_header("idempotency-replayed", "true")
        return _first.setdefault(key, await ask(asked))

    fault.__name__ = name
    fault_of("v1", "actions_are_done_once", about)(fault)


_remembering(
    "queries_are_no_requests",
    "a used Idempotency-Key with another query counts as the same request",
    lambda asked: asked.body,
)
_remembering(
    "files_are_no_requests",
    "a used Idempotency-Key with another file counts as the same request",
    lambda asked: asked.path + asked.query,
)


@fault_of("v1", "statics_are_known", "the yen has decimals")
async def yen_have_cents(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if not (asked.path.endswith("/statics") and answer.ok):
        return answer
    content = answer.json
    for each in content.get("data", content)["currencies"]:
        each["precision"] = 2
    return answer.saying(content)
