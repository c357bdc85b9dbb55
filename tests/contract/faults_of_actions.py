"""Faults of actions: what they answer, change, refuse and repeat."""

from dataclasses import replace
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, changed, fault_of, get, is_below, key_of, prefix

ANSWER, STATE, CLOSED = "actions_answer_the_record", "writes_keep_the_state", "deleted_is_unknown"
REFUSED, WORDS, ONCE = "refusals_change_nothing", "refusals_have_documented_texts", "actions_are_done_once"
_remembered: dict[str, Any] = {}


def _to(request: Request, *endings: str) -> bool:
    return request.path.endswith(endings)


async def _before(request: Request, send: Send, path: str) -> Any:
    return (await send(get(request, path))).json.get("data")


@fault_of("api", ANSWER, "a change of status answers the state before")
async def status_answers_before(request: Request, send: Send) -> Response:
    if not _to(request, "/status"):
        return await send(request)
    before = await _before(request, send, request.path.removesuffix("/status"))
    answer = await send(request)
    return answer.with_json(answer.json | {"data": before}) if answer.ok else answer


@fault_of("api", ANSWER, "a change of tags answers the tags before")
async def tags_answer_before(request: Request, send: Send) -> Response:
    answer = await send(request)
    return changed(answer, lambda record: record.update(tags=[])) if _to(request, "/tags") else answer


@fault_of("api", ANSWER, "a deletion is answered with another id")
async def deletion_names_another(request: Request, send: Send) -> Response:
    answer = await send(request)
    return changed(answer, lambda record: record.update(id=record["id"] + 1)) if request.method == "DELETE" else answer


@fault_of("v1", ANSWER, "a deletion answers the state before")
async def deletion_answers_before(request: Request, send: Send) -> Response:
    answer = await send(request)
    return changed(answer, lambda record: record.update(is_deleted=False)) if request.method == "DELETE" else answer


@fault_of("v1", ANSWER, "the pagination of the answer of a bulk action counts no clients")
async def bulk_counts_nobody(request: Request, send: Send) -> Response:
    answer = await send(request)
    if not (_to(request, "/clients/bulk") and answer.ok):
        return answer
    content = answer.json
    content["meta"]["pagination"].update(total=0, count=0)
    return answer.with_json(content)


@fault_of("v1", ANSWER, "a bulk update clears the telephone number as well")
async def bulk_clears_phone(request: Request, send: Send) -> Response:
    answer = await send(request)
    if _to(request, "/clients/bulk") and answer.ok and request.json.get("action") == "bulk_update":
        for each in request.json["ids"]:
            body = replace(request, method="PUT", path=f"/api/v1/clients/{each}").with_json({"phone": ""})
            await send(body)
    return answer


@fault_of("v1", "merge_moves_everything", "a merge overwrites the notes with those of the merged client")
async def merge_takes_notes(request: Request, send: Send) -> Response:
    if not _to(request, "/merge"):
        return await send(request)
    answer = await send(request)
    if answer.ok:
        head = {**key_of(request), "content-type": "application/json"}
        path = f"/api/v1/clients/{answer.json['data']['id']}"
        await send(Request("PUT", path, "", head, b"").with_json({"private_notes": "of the other"}))
        return changed(answer, lambda client: client.update(private_notes="of the other"))
    return answer


async def _restored(request: Request, send: Send, client: str) -> None:
    head = {**key_of(request), "content-type": "application/json"}
    body = {"action": "restore", "ids": [client]}
    await send(Request("POST", "/api/v1/clients/bulk", "", head, b"").with_json(body))


@fault_of("v1", STATE, "a change of an archived client restores it")
async def changes_restore(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method == "PUT" and is_below(request, "v1", "/clients/") and answer.ok and not _to(request, "/upload"):
        await _restored(request, send, request.path.split("/")[4])
        return changed(answer, lambda client: client.update(archived_at=0))
    return answer


@fault_of("v1", STATE, "an upload restores an archived client")
async def uploads_restore(request: Request, send: Send) -> Response:
    answer = await send(request)
    if _to(request, "/upload") and answer.ok:
        await _restored(request, send, request.path.split("/")[4])
    return answer


@fault_of("api", STATE, "suspending a client again changes the time when it was suspended")
async def suspending_again_changes_its_time(request: Request, send: Send) -> Response:
    if _to(request, "/status") and request.json.get("status") == "suspended":
        await send(request.with_json({"status": "active"}))
    return await send(request)


@fault_of("api", CLOSED, "a deleted client is found by its id")
async def deleted_is_found(request: Request, send: Send) -> Response:
    answer = await send(request)
    key = f"{request.path} {request.headers.get('authorization')}"
    if request.method == "PATCH" and is_below(request, "api", "/clients/"):
        if answer.ok:
            _remembered[key] = answer
        elif answer.status == 404 and key in _remembered:
            return _remembered[key]
    return answer


@fault_of("api", CLOSED, "notes of a deleted client are listed")
async def notes_of_deleted_are_listed(request: Request, send: Send) -> Response:
    answer = await send(request)
    key = f"{request.path} {request.query} {request.headers.get('authorization')}"
    if request.path == "/api/notes" and request.method == "GET" and answer.ok and "resource_id" in request.params:
        if answer.json["data"]:
            _remembered[key] = answer
        return _remembered.get(key, answer)
    return answer


@fault_of("api", REFUSED, "a deletion is refused but carried out")
async def refused_and_deleted(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method == "DELETE" and answer.status == 412:
        await send(request.without_header("if-match"))
    return answer


@fault_of("v1", REFUSED, "a create with an unknown parameter is refused but carried out")
async def refused_and_created(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method == "POST" and request.path == "/api/v1/clients" and answer.status == 422 and request.query:
        await send(replace(request, query="").without_header("prefer"))
    return answer


@fault_of("api", WORDS, "an email that is taken is called invalid")
async def taken_is_invalid(request: Request, send: Send) -> Response:
    answer = await send(request)
    taken = b"The email has already been taken."
    return (
        answer.with_json(answer.json | {"errors": {"email": ["The email is invalid."]}})
        if taken in answer.body
        else answer
    )


@fault_of("api", WORDS, "a required field is named with underscores")
async def required_with_underscores(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.status != 422:
        return answer
    content = answer.json
    for key, said in content.get("errors", {}).items():
        content["errors"][key] = [text.replace(key.replace("_", " "), key) for text in said]
    return answer.with_json(content)


@fault_of("v1", WORDS, "a deleted client is refused with another text")
async def deleted_in_other_words(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.status == 400 and b"Restore the record" in answer.body:
        return answer.with_json(answer.json | {"message": "Record is deleted."})
    return answer


@fault_of("v1", WORDS, "an unknown relation is not named")
async def relation_is_not_named(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.status == 400 and b"valid include" in answer.body:
        return answer.with_json(answer.json | {"message": "Invalid include."})
    return answer


async def _again(request: Request, send: Send, applies: bool) -> Response:
    return await send(request.without_header("idempotency-key") if applies else request)


@fault_of("v1", ONCE, "an upload with a used Idempotency-Key is repeated")
async def uploads_are_repeated(request: Request, send: Send) -> Response:
    return await _again(request, send, _to(request, "/upload"))


@fault_of("v1", ONCE, "a webhook is created again with a used Idempotency-Key")
async def webhooks_are_repeated(request: Request, send: Send) -> Response:
    return await _again(request, send, request.path == "/api/v1/webhooks")


@fault_of("api", ONCE, "a change of status with a used Idempotency-Key is repeated")
async def status_is_repeated(request: Request, send: Send) -> Response:
    return await _again(request, send, _to(request, "/status"))


@fault_of("v1", ONCE, "a bulk action with a used Idempotency-Key is repeated")
async def bulk_is_repeated(request: Request, send: Send) -> Response:
    return await _again(request, send, _to(request, "/bulk"))


@fault_of("v1", "one_token_is_default", "a new default token does not replace the old one")
async def new_default_beside(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method == "GET" and is_below(request, "v1", "/clients/") and answer.ok:
        made = _remembered.get(f"defaults {request.headers.get('x-api-token')}", set())

        def beside(client: dict[str, Any]) -> None:
            for each in client.get("gateway_tokens") or ():
                each["is_default"] = each["is_default"] or each["id"] in made

        return changed(answer, beside)
    if request.method == "POST" and request.path == "/api/v1/client_gateway_tokens" and request.json.get("is_default"):
        _remembered.setdefault(f"defaults {request.headers.get('x-api-token')}", set()).add(answer.json["data"]["id"])
    if _to(request, "/setAsDefault"):
        _remembered[f"defaults {request.headers.get('x-api-token')}"] = set()
    return answer


body_fault(
    *("v1", "contacts_are_marked", "of two primary contacts the last one counts", "last_mark_counts", "/clients"),
    lambda body: (
        body.update(contacts=[*reversed(body["contacts"])])
        if sum(each.get("is_primary") is True for each in body.get("contacts") or () if isinstance(each, dict)) > 1
        else None
    ),
)
body_fault(
    *("v1", "contacts_are_marked", "asterisks are stored as a password", "asterisks_are_a_password", "/clients"),
    lambda body: [
        each.update(password="Password-1")
        for each in body.get("contacts") or ()
        if isinstance(each, dict) and str(each.get("password", "")).startswith("*")
    ],
)
body_fault(
    *("v1", "contacts_are_marked", "a weak password is accepted", "weak_passwords_pass", "/clients"),
    lambda body: [
        each.update(password="Password-1")
        for each in body.get("contacts") or ()
        if isinstance(each, dict) and each.get("password") and "*" not in each["password"]
    ],
)


@fault_of("v1", "contacts_are_marked", "an email can belong to one client only")
async def emails_of_one_client(request: Request, send: Send) -> Response:
    emails = [each.get("email") for each in request.json.get("contacts") or () if isinstance(each, dict)]
    known = _remembered.setdefault(f"emails {request.headers.get('x-api-token')}", set())
    taken = request.method == "POST" and is_below(request, "v1", "/clients") and known & set(filter(None, emails))
    if taken:
        return await send(replace(request, path=f"{prefix('v1')}/group_settings").with_json({}))
    known |= set(filter(None, emails)) if request.method == "POST" else set()
    return await send(request)
