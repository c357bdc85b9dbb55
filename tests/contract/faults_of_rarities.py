"""Faults of what is seldom sent: other schemes, mixed directions, unknown currencies, clients without names."""

from itertools import count
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, changed, fault_of, get, list_fault, query_fault, record_fault

KEYS, WHOLE = "keys_are_needed", "contacts_are_the_whole"
_JSON = {"content-type": "application/json"}
_numbers = count(1)


@fault_of("v1", "groups_have_a_life_cycle", "restoring a deleted group leaves it archived")
async def restored_groups_are_archived(request: Request, send: Send) -> Response:
    is_restored = request.path == "/api/v1/group_settings/bulk" and request.json.get("action") == "restore"
    found = (
        [await send(get(request, f"/api/v1/group_settings/{each}")) for each in request.json["ids"]]
        if is_restored
        else []
    )
    answer = await send(request)
    if any(each.json["data"]["is_deleted"] and each.json["data"]["archived_at"] for each in found):
        await send(request.with_json(request.json | {"action": "archive"}))
    return answer


@fault_of("api", "emails_and_names_are_unique", "a contact's own email in another case is taken")
async def own_email_is_taken(request: Request, send: Send) -> Response:
    email = request.json.get("email", "") if request.method == "PATCH" else ""
    return Response(422, _JSON, b'{"message": "x", "errors": {}}') if email != email.lower() else await send(request)


body_fault(
    *("v1", "one_token_is_default", "PUT does not make a gateway token the default", "put_makes_no_default"),
    *("/client_gateway_tokens/", lambda token: token.pop("is_default", None), ("PUT", "PATCH")),
)


def _with_secrets(client: dict[str, Any]) -> None:
    for each in client.get("activities", ()):
        each["after"]["client_hash"] = client["client_hash"]


record_fault(
    "v1",
    "changes_are_recorded",
    "activities contain the hash of the client",
    "secrets_are_shown",
    "/clients",
    _with_secrets,
)
query_fault(
    *("v1", "sorts_have_levels", "all levels of a sort have the direction of the first", "levels_share_a_direction"),
    *(
        "/clients",
        lambda request: (
            request.with_params(sort=request.params["sort"].replace("|desc", "|asc"))
            if "|asc," in str(request.params.get("sort"))
            else request
        ),
    ),
)


@fault_of("v1", "downloads_are_attachments", "a download has its name only for newer browsers")
async def old_browsers_get_no_name(request: Request, send: Send) -> Response:
    answer = await send(request)
    said = answer.headers.get("content-disposition", "")
    return (
        answer.with_header("content-disposition", f"attachment; {said.partition('; ')[2].partition('; ')[2]}")
        if said
        else answer
    )


@fault_of("api", KEYS, "the scheme of a key is case-sensitive")
async def scheme_is_exact(request: Request, send: Send) -> Response:
    is_exact = request.headers.get("authorization", "Bearer").startswith("Bearer")
    return await send(request if is_exact else request.without_header("authorization"))


@fault_of("api", KEYS, "a key is accepted under any scheme")
async def any_scheme_is_taken(request: Request, send: Send) -> Response:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return await send(request.with_headers(authorization=f"Bearer {key}") if scheme else request)


def _forget_unknown(client: dict[str, Any]) -> None:
    settings = client.get("settings")
    if isinstance(settings, dict) and settings.get("currency_id") == "9999":
        settings.pop("currency_id")


body_fault(
    *("v1", "refusals_name_invalid_fields", "an unknown currency is ignored", "unknown_currencies_pass", "/clients"),
    _forget_unknown,
)


def _only_named(_request: Request, content: dict[str, Any]) -> None:
    content["data"] = [each for each in content["data"] if each["company_name"] != each["owner"]["name"]]


list_fault(
    *("api", "names_fall_back", "a client without a name is not listed", "nameless_are_not_listed", "/clients"),
    _only_named,
)


@fault_of("api", "feeds_list_changes", "changes of a deleted client are listed")
async def hidden_changes_are_listed(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path != "/api/changes" or not answer.ok:
        return answer
    more = [[each, each | {"type": "updated"}] if each["type"] == "deleted" else [each] for each in answer.json["data"]]
    return answer.with_json(answer.json | {"data": [each for some in more for each in some]})


@fault_of("api", "known_etags_are_answered_304", "a read ignores If-Match")
async def reads_ignore_versions(request: Request, send: Send) -> Response:
    return await send(request.without_header("if-match") if request.method == "GET" else request)


@fault_of("v1", "merge_takes_what_is_missing", "after a merge a client has two primary contacts")
async def merge_leaves_two_primaries(request: Request, send: Send) -> Response:
    answer = await send(request)

    def change(client: dict[str, Any]) -> None:
        for each in client["contacts"][:2]:
            each["is_primary"] = True

    return changed(answer, change) if request.path.endswith("/merge") else answer


@fault_of("v1", WHOLE, "a blank contact is replaced by a new one")
async def blank_contacts_are_new(request: Request, send: Send) -> Response:
    answer = await send(request)

    def change(client: dict[str, Any]) -> None:
        client["contacts"][0]["id"] = f"new{next(_numbers)}"

    return changed(answer, change) if request.method == "PUT" and request.json.get("contacts") == [] else answer


query_fault(
    *("v1", "sorts_by_contact", "clients are sorted by their oldest contact", "oldest_contacts_sort", "/clients"),
    lambda request: request.with_params(sort="id|asc") if "contact" in request.params.get("sort", "") else request,
)


def _always_hiding(request: Request) -> Request:
    return (
        request.with_params(without_deleted_clients="true") if "without_deleted_clients" in request.params else request
    )


query_fault(
    *("v1", "states_list_exactly", "without_deleted_clients=false hides deleted clients", "false_hides_deleted"),
    *("/clients", _always_hiding),
)


@fault_of("v1", WHOLE, "a new client with a copied contact is refused")
async def copies_are_refused(request: Request, send: Send) -> Response:
    people = request.json.get("contacts") if request.method == "POST" and request.path == "/api/v1/clients" else None
    has_ids = isinstance(people, list) and any("id" in each for each in people)
    return Response(422, _JSON, b'{"message": "x", "errors": {}}') if has_ids else await send(request)


def _true_is_one(client: dict[str, Any]) -> None:
    if isinstance(client.get("settings"), dict):
        client["settings"] = {key: 1 if each is True else each for key, each in client["settings"].items()}


body_fault("v1", "settings_are_merged", "true in settings is stored as 1", "true_is_one", "/clients", _true_is_one)
