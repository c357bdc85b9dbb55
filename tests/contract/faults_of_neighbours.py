"""Faults that reach other records than those that are named, or only some of them: merges, bulk actions, removals."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, changed, fault_of, get, record_fault
from tests.drivers import HASHIDS

TAKES, STAY, STATES = "merge_takes_what_is_missing", "neighbours_stay", "states_are_shown"
EVERYONE, RECORDED, WHOLE = "bulk_reaches_everyone", "changes_are_recorded", "contacts_are_the_whole"
_remembered: dict[str, Any] = {}


def _is_bulk(request: Request, action: str, path: str = "/clients") -> bool:
    return request.path == f"/api/v1{path}/bulk" and request.json.get("action") == action


def _whose(request: Request) -> str:
    return str(request.headers.get("authorization") or request.headers.get("x-api-token"))


def _refused(status: int) -> Response:
    return Response(status, {"content-type": "application/json"}, b'{"message": "x", "errors": {}}')


def _accepted() -> Response:
    return Response(200, {"content-type": "application/json"}, b'{"data": {}}')


def _without_last_names(client: dict[str, Any]) -> None:
    keys = ("first_name", "email", "phone")
    client["contacts"] = [each for each in client["contacts"] if each["is_primary"] or any(each[key] for key in keys)]


record_fault(
    *("v1", TAKES, "a contact with only a last name is lost in a merge", "merge_loses_last_names", "/clients"),
    _without_last_names,
)


@fault_of("v1", TAKES, "after a merge a client without a default token still has none")
async def merge_gives_no_default(request: Request, send: Send) -> Response:
    answer = await send(request)

    def change(client: dict[str, Any]) -> None:
        client["gateway_tokens"] = [each | {"is_default": False} for each in client["gateway_tokens"]]

    return changed(answer, change) if request.path.endswith("/merge") else answer


record_fault(
    *("v1", TAKES, "a merge is recorded as an update", "merge_is_an_update", "/activities"),
    lambda activity: activity.update(notes=activity["notes"].replace("Merged", "Updated")),
)


@fault_of("v1", "deleted_is_closed", "files can be uploaded to a deleted client")
async def deleted_takes_files(request: Request, send: Send) -> Response:
    answer = await send(request)
    return _accepted() if request.path.endswith("/upload") and answer.status == 400 else answer


@fault_of("v1", EVERYONE, "a bulk action answers its clients in the order of their creation")
async def bulk_answers_oldest_first(request: Request, send: Send) -> Response:
    answer = await send(request)
    if not request.path.endswith("/clients/bulk") or not answer.ok:
        return answer
    content = answer.json
    content["data"].sort(key=lambda client: HASHIDS.decode(client["id"]))
    return answer.with_json(content)


@fault_of("v1", EVERYONE, "a bulk action that names a client twice is refused")
async def bulk_refuses_repetitions(request: Request, send: Send) -> Response:
    ids = request.json.get("ids", []) if request.path.endswith("/clients/bulk") else []
    return _refused(404) if len(set(ids)) < len(ids) else await send(request)


@fault_of("v1", EVERYONE, "clients cannot be taken out of their group in bulk")
async def bulk_needs_a_group(request: Request, send: Send) -> Response:
    leaves = _is_bulk(request, "assign_group") and not request.json.get("group_settings_id")
    return _refused(422) if leaves else await send(request)


record_fault(
    *("v1", STATES, "deleting a client archives it as well", "deleting_archives", "/clients"),
    lambda client: client.update(archived_at=client["updated_at"]) if client.get("is_deleted") else None,
)


@fault_of("v1", STATES, "archiving a deleted client restores it")
async def archiving_undeletes(request: Request, send: Send) -> Response:
    if _is_bulk(request, "archive"):
        await send(request.with_json(request.json | {"action": "restore"}))
    return await send(request)


record_fault(
    *("v1", "removed_is_gone", "the history of a purged client keeps its values", "history_survives", "/activities"),
    lambda activity: activity["before"].update(name="Kept") if activity["notes"] == "Erased" else None,
)


def _forget_moves(client: dict[str, Any]) -> None:
    kept = [each for each in client.get("activities", ()) if "group_settings_id" not in each["before"]]
    client.update({"activities": kept} if "activities" in client else {})


record_fault(
    "api", RECORDED, "a change of category is not recorded", "moves_are_not_recorded", "/v1/clients", _forget_moves
)


@fault_of("api", "feeds_list_changes", "the migration of a category is not listed as a change of its clients")
async def migrations_are_not_listed(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path.endswith("/migrate"):
        newest = await send(get(request, "/api/changes", "after=latest"))
        _remembered[_whose(request)] = newest.json["meta"]["next_cursor"]
    if request.path != "/api/changes" or not answer.ok:
        return answer
    content = answer.json
    content["data"] = [each for each in content["data"] if each["cursor"] != _remembered.get(_whose(request))]
    return answer.with_json(content)


def _together(dialect: str, name: str, about: str, path: str, by: str, owner: Any) -> None:
    """Add a fault that deletes all records of a client together with one of them."""

    async def fault(request: Request, send: Send) -> Response:
        if request.method == "DELETE" and request.path.startswith(f"{path}/"):
            one = await send(get(request, request.path))
            query = urlencode({by: owner(one.json["data"])}) if one.ok else ""
            listed = (await send(get(request, path, query))).json["data"] if query else []
            for each in (f"{path}/{record['id']}" for record in listed):
                if each != request.path:
                    await send(replace(request, path=each))
        return await send(request)

    fault.__name__ = name
    fault_of(dialect, STAY, about)(fault)


_together(
    *("api", "notes_go_together", "a note is deleted together with all notes on its client", "/api/notes"),
    *("resource_id", lambda note: note["resource"]["id"]),
)
_together(
    *("v1", "tokens_go_together", "a token is deleted together with all tokens of its client"),
    *("/api/v1/client_gateway_tokens", "client_id", lambda token: token["client_id"]),
)


@fault_of("v1", "bulk_reaches_every_record", "a bulk action on documents of several clients reaches only one of them")
async def documents_of_one_client(request: Request, send: Send) -> Response:
    if not _is_bulk(request, "delete", "/documents"):
        return await send(request)
    ids = request.json["ids"]
    owners = {each: (await send(get(request, f"/api/v1/documents/{each}"))).json["data"]["client_id"] for each in ids}
    return await send(
        request.with_json(request.json | {"ids": [each for each in ids if owners[each] == owners[ids[0]]]})
    )


@fault_of("v1", "numbers_are_never_reused", "a number that was sent is assigned once more")
async def sent_numbers_are_assigned(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path != "/api/v1/clients" or request.method != "POST" or not answer.ok:
        return answer
    given = request.json.get("number") or ""
    known = _remembered.get(f"number {_whose(request)}", "")
    _remembered[f"number {_whose(request)}"] = given if given.isdigit() else ""
    return changed(answer, lambda client: client.update(number=known)) if known and not given else answer


@fault_of("v1", "groups_have_a_life_cycle", "clients cannot be put into an archived group")
async def archived_groups_are_closed(request: Request, send: Send) -> Response:
    chosen = request.json.get("group_settings_id") if request.path == "/api/v1/clients" else None
    known = await send(get(request, f"/api/v1/group_settings/{chosen}")) if chosen else None
    return _refused(422) if known and known.ok and known.json["data"]["archived_at"] else await send(request)


@fault_of("v1", "webhooks_have_a_life_cycle", "a deleted webhook can be changed")
async def deleted_webhooks_are_open(request: Request, send: Send) -> Response:
    answer = await send(request)
    return _accepted() if request.path.startswith("/api/v1/webhooks/") and answer.status == 400 else answer


def _once_each(content: dict[str, Any]) -> None:
    known = {each.get("id") or json.dumps(each): each for each in content.get("contacts", ())}
    content.update({"contacts": list(known.values())} if "contacts" in content else {})


body_fault(
    "v1", WHOLE, "a contact that is sent twice is not refused", "contacts_may_be_doubled", "/clients", _once_each
)


@fault_of("api", "actions_answer_the_record", "a change of tags clears the telephone number")
async def tags_clear_phone(request: Request, send: Send) -> Response:
    if request.method == "PUT" and request.path.startswith("/api/clients/") and request.path.endswith("/tags"):
        path = request.path.removesuffix("/tags")
        name = (await send(get(request, path))).json["data"]["company_name"]
        cleared = request.with_json({"client_company_name": name, "client_phone": ""})
        await send(replace(cleared, method="PATCH", path=path))
    return await send(request)


@fault_of("v1", "bulk_reaches_every_record", "a bulk action changes no more clients than a page has")
async def bulk_does_one_page(request: Request, send: Send) -> Response:
    ids = request.json.get("ids", []) if request.path.endswith("/clients/bulk") else []
    return await send(request.with_json(request.json | {"ids": ids[:20]}) if ids else request)
