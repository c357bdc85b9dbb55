"""Faults of what should stay: states, values of the other dialect; and of what should be free or found again."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import CHANGES, changed, fault_of, get, key_of

_JSON = {"content-type": "application/json"}
_taken: dict[str, dict[str, str]] = defaultdict(dict)


def _taken_for_ever(name: str, dialect: str, about: str, path: str, key: str) -> None:
    """Add a fault of a unique value that stays taken when its record has another one, or is gone."""

    async def fault(request: Request, send: Send) -> Response:
        is_new = request.method == "POST" and request.path.startswith(path) and key in request.json
        value = f"{key_of(request)} {request.json.get(key)}"
        if is_new and value in _taken[name]:
            said = {"message": "The given data was invalid.", "errors": {key: ["The value has already been taken."]}}
            return Response(422, _JSON).with_json(said)
        answer = await send(request)
        if is_new and answer.ok:
            _taken[name][value] = value
        return answer

    fault.__name__ = name
    fault_of(dialect, "given_up_values_are_free", about)(fault)


_taken_for_ever("emails_stay_taken", "api", "the email of a deleted contact stays taken", "/api/c", "email")
_taken_for_ever(
    *("names_stay_taken", "api", "the earlier name of a category stays taken", "/api/categories", "category_name")
)
_taken_for_ever(
    *("references_stay_taken", "v1", "the id_number of a purged client stays taken", "/api/v1/clients", "id_number")
)


def _restoring(name: str, dialect: str, about: str, ending: str, action: str = "") -> None:
    """Add a fault of a write that makes an archived client active again."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        if not (request.path.endswith(ending) and request.method in CHANGES and answer.ok):
            return answer
        if action and request.json.get("action") != action:
            return answer
        one = request.path.split("/")[3 if dialect == "api" else 4]
        headers = key_of(request) | _JSON
        if dialect == "api":
            again = Request("PUT", f"/api/clients/{one}/status", "", headers, b"").with_json({"status": "active"})
        else:
            ids = request.json.get("ids", [one])
            again = Request("POST", "/api/v1/clients/bulk", "", headers, b"").with_json(
                {"action": "restore", "ids": ids}
            )
        await send(again)
        return answer

    fault.__name__ = name
    fault_of(dialect, "writes_keep_the_state", about)(fault)


_restoring("merges_restore", "v1", "a merge restores the archived client that receives the other", "/merge")
_restoring("assigned_are_restored", "v1", "assign_group restores archived clients", "/bulk", "assign_group")
_restoring("owners_activate", "api", "a change of the owner activates a suspended client", "/owner")

_restored: set[str] = set()


@fault_of("v1", "states_are_shown", "a restored client is not found by a search")
async def restored_are_not_found(request: Request, send: Send) -> Response:
    if request.path == "/api/v1/clients/bulk" and request.json.get("action") == "restore":
        _restored.update(request.json["ids"])
    answer = await send(request)
    if request.path != "/api/v1/clients" or "filter" not in request.params or not answer.ok:
        return answer
    content = answer.json
    return answer.with_json(content | {"data": [each for each in content["data"] if each["id"] not in _restored]})


@fault_of("v1", "states_are_shown", "the documents of a restored client stay hidden")
async def documents_of_restored_stay_hidden(request: Request, send: Send) -> Response:
    if request.path == "/api/v1/clients/bulk" and request.json.get("action") == "restore":
        _restored.update(request.json["ids"])
    answer = await send(request)
    if request.path != "/api/v1/documents" or request.params.get("client_id") not in _restored or not answer.ok:
        return answer
    content = answer.json
    content["meta"]["pagination"]["total"] = 0
    return answer.with_json(content | {"data": []})


_changed_by: dict[str, set[str]] = defaultdict(set)


def _token_of(request: Request) -> str:
    return request.headers.get("x-api-token") or request.headers.get("authorization", "").removeprefix("Bearer ")


@fault_of("api", "other_values_are_kept", "a change of a contact in /api clears its custom values of /api/v1")
async def contacts_lose_custom_values(request: Request, send: Send) -> Response:
    if request.method == "PATCH" and request.path.startswith("/api/contacts/"):
        _changed_by["contacts"].add(_token_of(request))
    answer = await send(request)
    if not request.path.startswith("/api/v1/clients/") or _token_of(request) not in _changed_by["contacts"]:
        return answer
    return changed(answer, lambda client: [each.update(custom_value1="") for each in client.get("contacts", ())])


@fault_of("v1", "other_values_are_kept", "a change of a group in /api/v1 clears the description of its category")
async def groups_lose_descriptions(request: Request, send: Send) -> Response:
    if request.method == "PUT" and request.path.startswith("/api/v1/group_settings/"):
        _changed_by["groups"].add(_token_of(request))
    answer = await send(request)
    is_hit = request.path.startswith("/api/categories/") and _token_of(request) in _changed_by["groups"]
    return changed(answer, lambda category: category.update(description=None)) if is_hit else answer


@fault_of("api", "categories_count", "a category that has deleted clients only is deleted")
async def deleted_clients_do_not_count(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method != "DELETE" or answer.status != 409 or "/categories/" not in request.path:
        return answer
    shown = (await send(get(request, request.path))).json["data"]
    is_empty = shown["count"] == 0 and shown["system_default"] == "no"
    return Response(200, _JSON).with_json({"data": {"id": shown["id"]}, "message": "x"}) if is_empty else answer


@fault_of("api", "categories_count", "the default category cannot be deleted only because it has clients")
async def default_is_like_others(request: Request, send: Send) -> Response:
    answer = await send(request)
    if b"default category" not in answer.body:
        return answer
    return answer.with_json({"message": "The category still has clients, deleted ones included. Migrate them first."})


@fault_of("api", "feeds_wait_for_changes", "a feed without changes does not wait for the next one")
async def feeds_do_not_wait(request: Request, send: Send) -> Response:
    return await send(request.without_params("wait"))


@fault_of("v1", "feeds_wait_for_changes", "a feed waits as long as it may, whatever happens meanwhile")
async def feeds_sleep(request: Request, send: Send) -> Response:
    if request.path.endswith("/changes") and request.params.get("wait", "0") != "0":
        await asyncio.sleep(float(request.params["wait"]))
    return await send(request.without_params("wait"))


@fault_of("v1", "writes_keep_the_state", "a change of an archived webhook restores it")
async def changed_webhooks_are_restored(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method == "PUT" and request.path.startswith("/api/v1/webhooks/"):
        return changed(answer, lambda webhook: webhook.update(archived_at=0))
    return answer


@fault_of("v1", "deleted_is_closed", "a bulk action on documents that is refused for one of them deletes the others")
async def refused_bulk_deletes_the_others(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path.endswith("/documents/bulk") and answer.status == 400:
        for each in request.json.get("ids", ()):
            headers = request.headers | {"content-length": "0"}
            await send(Request("DELETE", f"/api/v1/documents/{each}", "", headers, b""))
    return answer


@fault_of("v1", "one_token_is_default", "a new default token changes the time of every token of its client")
async def defaults_touch_all_tokens(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path.endswith("/setAsDefault"):
        _changed_by["tokens"].add(_token_of(request))
    is_hit = request.path.startswith("/api/v1/clients/") and _token_of(request) in _changed_by["tokens"]
    at = int(time.time())
    return changed(answer, lambda each: [x.update(updated_at=at) for x in each["gateway_tokens"]]) if is_hit else answer


@fault_of("v1", "upload_fields_have_many_names", "the name of a file contains its folder")
async def folders_stay_in_names(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.ok and b'filename="folder/inside.txt"' in request.body:
        return changed(answer, lambda client: client["documents"][-1].update(name="folder/inside.txt"))
    return answer


def _bulk_passing(name: str, about: str, path: str, wrong: Callable[[Any], bool]) -> None:
    """Add a fault that answers an invalid bulk action below a path with an empty list instead of refusing it."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        is_wrong = request.path == f"/api/v1{path}/bulk" and answer.status == 422 and wrong(request.json)
        return Response(200, _JSON).with_json({"data": []}) if is_wrong else answer

    fault.__name__ = name
    fault_of("v1", "bulk_is_checked", about)(fault)


_bulk_passing(
    *("bulk_of_nothing_passes", "a bulk action on no groups is answered with none", "/group_settings"),
    lambda body: body.get("ids") == [],
)
_bulk_passing(
    *("unknown_actions_pass", "an unknown bulk action on clients does nothing instead of being refused", "/clients"),
    lambda body: body.get("action") == "unheard",
)


def _limit_unknown(name: str, dialect: str, about: str, words: bytes) -> None:
    """Add a fault that does not obey a limit of keys: it carries out what is refused with these words."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        is_limited = answer.status in (401, 403) and words in answer.body and request.path.endswith("/clients")
        return Response(200, _JSON).with_json({"data": []}) if is_limited and request.method == "GET" else answer

    fault.__name__ = name
    fault_of(dialect, "limits_of_keys_are_kept", about)(fault)


_limit_unknown("expired_keys_read", "api", "an expired key can still list clients", b"expired")
_limit_unknown("keys_are_for_both", "v1", "a key for /api can list clients in /api/v1", b"only, not for")
_limit_unknown("keys_are_for_everywhere", "v1", "a key can list clients from any address", b"may not be used from")
