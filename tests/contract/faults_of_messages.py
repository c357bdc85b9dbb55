"""Faults of what is sent to webhooks, of actions that are repeated, and of limits that no schema states."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, changed, fault_of, get, key_of, query_fault

SENT, LIMITED, BULK, ANSWERED = (
    "changes_are_sent",
    "webhooks_are_limited",
    "bulk_actions_obey_the_request",
    "actions_answer_the_record",
)
LINKS, SETTINGS = "contact_links_open", "settings_are_merged"
MARKED, CONTACTS = "contacts_are_marked", "contacts_are_shown"
LOCATIONS, MERGED, FILTERS = "locations_are_shown", "merge_takes_what_is_missing", "filters_find_exactly"
STATES = "writes_keep_the_state"
_JSON = {"content-type": "application/json"}
_visits: dict[str, int] = defaultdict(int)


def _bulk(request: Request, path: str, action: str, ids: list[str]) -> Request:
    """Another request of the same caller, for a bulk action of /api/v1."""
    key = request.headers.get("x-api-token") or request.headers.get("authorization", "").removeprefix("Bearer ")
    made = Request("POST", f"/api/v1{path}/bulk", "", {**key_of(request), **_JSON, "x-api-token": key}, b"")
    return made.with_json({"action": action, "ids": ids})


async def _unsent(request: Request, send: Send) -> Response:
    """Answer a request of which no webhook receives a message."""
    listed = get(request, "/api/v1/webhooks", "status=active&per_page=100")
    asked = _bulk(request, "/webhooks", "archive", [])
    hooks = await send(replace(listed, headers=asked.headers))
    ids = [each["id"] for each in hooks.json["data"]] if hooks.ok else []
    if not ids:
        return await send(request)
    await send(_bulk(request, "/webhooks", "archive", ids))
    answer = await send(request)
    await send(_bulk(request, "/webhooks", "restore", ids))
    return answer


@fault_of("api", SENT, "webhooks hear nothing of clients that are moved to another category")
async def migrations_are_not_sent(request: Request, send: Send) -> Response:
    return await (_unsent if request.path.endswith("/migrate") else _answered)(request, send)


@fault_of("v1", SENT, "webhooks hear nothing of a merge")
async def merges_are_not_sent(request: Request, send: Send) -> Response:
    return await (_unsent if request.path.endswith("/merge") else _answered)(request, send)


async def _answered(request: Request, send: Send) -> Response:
    return await send(request)


body_fault(
    "v1",
    SENT,
    "messages to webhooks that want PUT are sent by POST",
    "messages_are_posted",
    "/webhooks",
    lambda content: content.update(rest_method="post"),
)


@fault_of("v1", LIMITED, "a company may have more than a hundred webhooks")
async def webhooks_have_no_limit(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method == "POST" and request.path.startswith("/api/v1/webhooks") and answer.status == 422:
        return replace(answer, status=200).with_json({"data": {"id": "more"}})
    return answer


@fault_of("v1", BULK, "a group that is archived again has a new time")
async def groups_are_archived_again(request: Request, send: Send) -> Response:
    is_bulk = request.path == "/api/v1/group_settings/bulk"
    if is_bulk and request.json.get("action") == "archive":
        listed = await send(get(request, "/api/v1/group_settings", "status=archived&per_page=500"))
        archived = {each["id"] for each in listed.json["data"]}
        again = [each for each in request.json["ids"] if each in archived]
        if again:
            await send(_bulk(request, "/group_settings", "restore", again))
    return await send(request)


@fault_of("v1", ANSWERED, "the answer to a bulk action has the page size of lists")
async def bulk_answers_have_a_page_size(request: Request, send: Send) -> Response:
    answer = await send(request)
    if not request.path.endswith("/bulk") or not answer.ok or "meta" not in answer.json:
        return answer
    content = answer.json
    content["meta"]["pagination"]["per_page"] = 20
    return answer.with_json(content)


@fault_of("v1", LINKS, "every visit of a contact's link is a new login")
async def every_visit_is_a_login(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path.startswith("/client/key_login/"):
        _visits[""] += 1
    if request.method == "GET" and request.path.startswith("/api/v1/clients/") and "etag" in answer.headers:
        return answer.with_header("etag", f'"{_visits[""]}"')
    return answer


@fault_of("v1", SETTINGS, "the settings of a group may grow without a limit")
async def settings_grow(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method == "PUT" and request.path.startswith("/api/v1/group_settings/") and answer.status == 422:
        return await send(get(request, request.path))
    return answer


def _longer(content: dict[str, Any]) -> None:
    """Refuse passwords of seven characters, by sending a weak one instead."""
    for each in content.get("contacts", ()):
        if len(each.get("password") or "") == 7:
            each["password"] = "short"


body_fault("v1", MARKED, "a password of seven characters is refused", "passwords_are_longer", "/clients", _longer)


@fault_of("v1", LOCATIONS, "two locations that are sent with the same id stay one id")
async def locations_share_an_id(request: Request, send: Send) -> Response:
    def share(client: dict[str, Any]) -> None:
        known: dict[str, str] = {}
        for each in client.get("locations", ()):
            each["id"] = known.setdefault(each["name"], each["id"])

    return changed(await send(request), share)


def _kept_emails(content: dict[str, Any]) -> None:
    """Ignore emails that are null, as if they were not sent."""
    for each in content.get("contacts", ()):
        if isinstance(each, dict) and each.get("email", "") is None:
            del each["email"]


body_fault("v1", CONTACTS, "null does not clear a contact's email", "null_emails_are_kept", "/clients", _kept_emails)


def _lower_case(request: Request) -> Request:
    wanted = request.params.get("filter", "")
    return request.with_params(filter="nobody-has-this") if wanted != wanted.lower() else request


query_fault(
    "v1", FILTERS, "webhooks are not found by capital letters", "capitals_find_no_webhooks", "/webhooks", _lower_case
)


def _of_any_country(request: Request) -> Request:
    return request.without_params("country_id") if request.params.get("country_id") == "0" else request


query_fault("v1", FILTERS, "country 0 finds every client", "country_zero_finds_all", "/clients", _of_any_country)


async def _merged_notes(request: Request, send: Send) -> Response:
    """Answer a merge, in which the receiver takes over the public notes if it has none."""
    other = await send(get(request, f"/api/v1/clients/{request.path.split('/')[5]}"))
    answer = await send(request)
    if not (answer.ok and other.ok):
        return answer
    notes = other.json["data"]["public_notes"]
    return changed(answer, lambda client: client.update(public_notes=client["public_notes"] or notes))


@fault_of("v1", MERGED, "a merge takes over the public notes where the receiver has none")
async def merges_fill_notes(request: Request, send: Send) -> Response:
    return await (_merged_notes if request.path.endswith("/merge") else _answered)(request, send)


@fault_of("api", STATES, "a suspended client cannot be changed in /api")
async def suspended_are_closed(request: Request, send: Send) -> Response:
    is_change = request.method == "PATCH" and request.path.startswith("/api/clients/")
    known = await send(get(request, request.path)) if is_change else Response(404)
    if known.ok and known.json["data"]["status"] == "suspended":
        return Response(409, _JSON, b'{"message": "The client is suspended."}')
    return await send(request)
