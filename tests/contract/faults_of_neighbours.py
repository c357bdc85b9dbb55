"""Faults that reach other records than those that are named, or only some of them: merges, bulk actions, removals."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from tests.contract.faulty import Answered, Ask, Asked
from tests.contract.meaning import changed, fault_of, get, sent, shown
from tests.drivers import HASHIDS

TAKES, STAY, STATES = "merge_takes_what_is_missing", "neighbours_stay", "states_are_shown"
EVERYONE, RECORDED, WHOLE = "bulk_reaches_everyone", "verbs_are_recorded", "contacts_are_the_whole"
_remembered: dict[str, Any] = {}


def _is_bulk(asked: Asked, action: str, path: str = "/clients") -> bool:
    return asked.path == f"/api/v1{path}/bulk" and asked.json.get("action") == action


def _whose(asked: Asked) -> str:
    return str(asked.headers.get("authorization") or asked.headers.get("x-api-token"))


def _refused(status: int) -> Answered:
    return Answered(status, {"content-type": "application/json"}, b'{"message": "x", "errors": {}}')


def _accepted() -> Answered:
    return Answered(200, {"content-type": "application/json"}, b'{"data": {}}')


def _without_last_names(client: dict[str, Any]) -> None:
    keys = ("first_name", "email", "phone")
    client["contacts"] = [each for each in client["contacts"] if each["is_primary"] or any(each[key] for key in keys)]


shown(
    *("v1", TAKES, "a contact with only a last name is lost in a merge", "merge_loses_last_names", "/clients"),
    _without_last_names,
)


@fault_of("v1", TAKES, "after a merge a client without a default token still has none")
async def merge_gives_no_default(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)

    def change(client: dict[str, Any]) -> None:
        client["gateway_tokens"] = [each | {"is_default": False} for each in client["gateway_tokens"]]

    return changed(answer, change) if asked.path.endswith("/merge") else answer


shown(
    *("v1", TAKES, "a merge is recorded as an update", "merge_is_an_update", "/activities"),
    lambda activity: activity.update(notes=activity["notes"].replace("Merged", "Updated")),
)


@fault_of("v1", "deleted_is_closed", "files can be uploaded to a deleted client")
async def deleted_takes_files(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    return _accepted() if asked.path.endswith("/upload") and answer.status == 400 else answer


@fault_of("v1", EVERYONE, "a bulk action answers its clients in the order of their creation")
async def bulk_answers_oldest_first(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if not asked.path.endswith("/clients/bulk") or not answer.ok:
        return answer
    content = answer.json
    content["data"].sort(key=lambda client: HASHIDS.decode(client["id"]))
    return answer.saying(content)


@fault_of("v1", EVERYONE, "a bulk action that names a client twice is refused")
async def bulk_refuses_repetitions(asked: Asked, ask: Ask) -> Answered:
    ids = asked.json.get("ids", []) if asked.path.endswith("/clients/bulk") else []
    return _refused(404) if len(set(ids)) < len(ids) else await ask(asked)


@fault_of("v1", EVERYONE, "clients cannot be taken out of their group in bulk")
async def bulk_needs_a_group(asked: Asked, ask: Ask) -> Answered:
    leaves = _is_bulk(asked, "assign_group") and not asked.json.get("group_settings_id")
    return _refused(422) if leaves else await ask(asked)


shown(
    *("v1", STATES, "deleting a client archives it as well", "deleting_archives", "/clients"),
    lambda client: client.update(archived_at=client["updated_at"]) if client.get("is_deleted") else None,
)


@fault_of("v1", STATES, "archiving a deleted client restores it")
async def archiving_undeletes(asked: Asked, ask: Ask) -> Answered:
    if _is_bulk(asked, "archive"):
        await ask(asked.sending(asked.json | {"action": "restore"}))
    return await ask(asked)


shown(
    *("v1", "removed_is_gone", "the history of a purged client keeps its values", "history_survives", "/activities"),
    lambda activity: activity["before"].update(name="Kept") if activity["notes"] == "Erased" else None,
)


def _forget_moves(client: dict[str, Any]) -> None:
    kept = [each for each in client.get("activities", ()) if "group_settings_id" not in each["before"]]
    client.update({"activities": kept} if "activities" in client else {})


shown("api", RECORDED, "a change of category is not recorded", "moves_are_not_recorded", "/v1/clients", _forget_moves)


@fault_of("api", "feeds_list_changes", "the migration of a category is not listed as a change of its clients")
async def migrations_are_not_listed(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if asked.path.endswith("/migrate"):
        newest = await ask(get(asked, "/api/changes", "after=latest"))
        _remembered[_whose(asked)] = newest.json["meta"]["next_cursor"]
    if asked.path != "/api/changes" or not answer.ok:
        return answer
    content = answer.json
    content["data"] = [each for each in content["data"] if each["cursor"] != _remembered.get(_whose(asked))]
    return answer.saying(content)


def _together(dialect: str, name: str, about: str, path: str, by: str, owner: Any) -> None:
    """Add a fault that deletes all records of a client together with one of them."""

    async def fault(asked: Asked, ask: Ask) -> Answered:
        if asked.method == "DELETE" and asked.path.startswith(f"{path}/"):
            one = await ask(get(asked, asked.path))
            query = urlencode({by: owner(one.json["data"])}) if one.ok else ""
            listed = (await ask(get(asked, path, query))).json["data"] if query else []
            for each in (f"{path}/{record['id']}" for record in listed):
                if each != asked.path:
                    await ask(replace(asked, path=each))
        return await ask(asked)

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
async def documents_of_one_client(asked: Asked, ask: Ask) -> Answered:
    if not _is_bulk(asked, "delete", "/documents"):
        return await ask(asked)
    ids = asked.json["ids"]
    owners = {each: (await ask(get(asked, f"/api/v1/documents/{each}"))).json["data"]["client_id"] for each in ids}
    return await ask(asked.sending(asked.json | {"ids": [each for each in ids if owners[each] == owners[ids[0]]]}))


@fault_of("v1", "numbers_are_never_reused", "a number that was sent is assigned once more")
async def sent_numbers_are_assigned(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if asked.path != "/api/v1/clients" or asked.method != "POST" or not answer.ok:
        return answer
    given = asked.json.get("number") or ""
    known = _remembered.get(f"number {_whose(asked)}", "")
    _remembered[f"number {_whose(asked)}"] = given if given.isdigit() else ""
    return changed(answer, lambda client: client.update(number=known)) if known and not given else answer


@fault_of("v1", "groups_have_a_life_cycle", "clients cannot be put into an archived group")
async def archived_groups_are_closed(asked: Asked, ask: Ask) -> Answered:
    chosen = asked.json.get("group_settings_id") if asked.path == "/api/v1/clients" else None
    known = await ask(get(asked, f"/api/v1/group_settings/{chosen}")) if chosen else None
    return _refused(422) if known and known.ok and known.json["data"]["archived_at"] else await ask(asked)


@fault_of("v1", "webhooks_have_a_life_cycle", "a deleted webhook can be changed")
async def deleted_webhooks_are_open(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    return _accepted() if asked.path.startswith("/api/v1/webhooks/") and answer.status == 400 else answer


def _once_each(content: dict[str, Any]) -> None:
    known = {each.get("id") or json.dumps(each): each for each in content.get("contacts", ())}
    content.update({"contacts": list(known.values())} if "contacts" in content else {})


sent("v1", WHOLE, "a contact that is sent twice is not refused", "contacts_may_be_doubled", "/clients", _once_each)


@fault_of("api", "actions_answer_the_record", "a change of tags clears the telephone number")
async def tags_clear_phone(asked: Asked, ask: Ask) -> Answered:
    if asked.method == "PUT" and asked.path.startswith("/api/clients/") and asked.path.endswith("/tags"):
        path = asked.path.removesuffix("/tags")
        name = (await ask(get(asked, path))).json["data"]["company_name"]
        cleared = asked.sending({"client_company_name": name, "client_phone": ""})
        await ask(replace(cleared, method="PATCH", path=path))
    return await ask(asked)


@fault_of("v1", "bulk_reaches_every_record", "a bulk action changes no more clients than a page has")
async def bulk_does_one_page(asked: Asked, ask: Ask) -> Answered:
    ids = asked.json.get("ids", []) if asked.path.endswith("/clients/bulk") else []
    return await ask(asked.sending(asked.json | {"ids": ids[:20]}) if ids else asked)
