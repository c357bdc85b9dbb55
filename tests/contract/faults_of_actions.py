"""Faults of actions: what they answer, change, refuse and repeat."""

from dataclasses import replace
from typing import Any

from tests.contract.faulty import Answered, Ask, Asked
from tests.contract.meaning import changed, fault_of, get, is_below, key_of, prefix, sent

ANSWER, STATE, CLOSED = "actions_answer_the_record", "writes_keep_the_state", "deleted_is_unknown"
REFUSED, WORDS, ONCE = "refusals_change_nothing", "refusals_are_worded", "actions_are_done_once"
_remembered: dict[str, Any] = {}


def _to(asked: Asked, *endings: str) -> bool:
    return asked.path.endswith(endings)


async def _before(asked: Asked, ask: Ask, path: str) -> Any:
    return (await ask(get(asked, path))).json.get("data")


@fault_of("api", ANSWER, "a change of status answers the state before")
async def status_answers_before(asked: Asked, ask: Ask) -> Answered:
    if not _to(asked, "/status"):
        return await ask(asked)
    before = await _before(asked, ask, asked.path.removesuffix("/status"))
    answer = await ask(asked)
    return answer.saying(answer.json | {"data": before}) if answer.ok else answer


@fault_of("api", ANSWER, "a change of tags answers the tags before")
async def tags_answer_before(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    return changed(answer, lambda record: record.update(tags=[])) if _to(asked, "/tags") else answer


@fault_of("api", ANSWER, "a deletion is answered with another id")
async def deletion_names_another(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    return changed(answer, lambda record: record.update(id=record["id"] + 1)) if asked.method == "DELETE" else answer


@fault_of("v1", ANSWER, "a deletion answers the state before")
async def deletion_answers_before(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    return changed(answer, lambda record: record.update(is_deleted=False)) if asked.method == "DELETE" else answer


@fault_of("v1", ANSWER, "the pagination of the answer of a bulk action counts no clients")
async def bulk_counts_nobody(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if not (_to(asked, "/clients/bulk") and answer.ok):
        return answer
    content = answer.json
    content["meta"]["pagination"].update(total=0, count=0)
    return answer.saying(content)


@fault_of("v1", ANSWER, "a bulk update clears the telephone number as well")
async def bulk_clears_phone(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if _to(asked, "/clients/bulk") and answer.ok and asked.json.get("action") == "bulk_update":
        for each in asked.json["ids"]:
            body = replace(asked, method="PUT", path=f"/api/v1/clients/{each}").sending({"phone": ""})
            await ask(body)
    return answer


@fault_of("v1", "merge_moves_everything", "a merge overwrites the notes with those of the merged client")
async def merge_takes_notes(asked: Asked, ask: Ask) -> Answered:
    if not _to(asked, "/merge"):
        return await ask(asked)
    answer = await ask(asked)
    if answer.ok:
        head = {**key_of(asked), "content-type": "application/json"}
        path = f"/api/v1/clients/{answer.json['data']['id']}"
        await ask(Asked("PUT", path, "", head, b"").sending({"private_notes": "of the other"}))
        return changed(answer, lambda client: client.update(private_notes="of the other"))
    return answer


async def _restored(asked: Asked, ask: Ask, client: str) -> None:
    head = {**key_of(asked), "content-type": "application/json"}
    body = {"action": "restore", "ids": [client]}
    await ask(Asked("POST", "/api/v1/clients/bulk", "", head, b"").sending(body))


@fault_of("v1", STATE, "a change of an archived client restores it")
async def changes_restore(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if asked.method == "PUT" and is_below(asked, "v1", "/clients/") and answer.ok and not _to(asked, "/upload"):
        await _restored(asked, ask, asked.path.split("/")[4])
        return changed(answer, lambda client: client.update(archived_at=0))
    return answer


@fault_of("v1", STATE, "an upload restores an archived client")
async def uploads_restore(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if _to(asked, "/upload") and answer.ok:
        await _restored(asked, ask, asked.path.split("/")[4])
    return answer


@fault_of("api", STATE, "suspending a client again changes the time when it was suspended")
async def suspended_anew(asked: Asked, ask: Ask) -> Answered:
    if _to(asked, "/status") and asked.json.get("status") == "suspended":
        await ask(asked.sending({"status": "active"}))
    return await ask(asked)


@fault_of("api", CLOSED, "a deleted client is found by its id")
async def deleted_is_found(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    key = f"{asked.path} {asked.headers.get('authorization')}"
    if asked.method == "PATCH" and is_below(asked, "api", "/clients/"):
        if answer.ok:
            _remembered[key] = answer
        elif answer.status == 404 and key in _remembered:
            return _remembered[key]
    return answer


@fault_of("api", CLOSED, "notes of a deleted client are listed")
async def notes_of_deleted_are_listed(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    key = f"{asked.path} {asked.query} {asked.headers.get('authorization')}"
    if asked.path == "/api/notes" and asked.method == "GET" and answer.ok and "resource_id" in asked.named:
        if answer.json["data"]:
            _remembered[key] = answer
        return _remembered.get(key, answer)
    return answer


@fault_of("api", REFUSED, "a deletion is refused but carried out")
async def refused_and_deleted(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if asked.method == "DELETE" and answer.status == 412:
        await ask(asked.without_header("if-match"))
    return answer


@fault_of("v1", REFUSED, "a create with an unknown parameter is refused but carried out")
async def refused_and_created(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if asked.method == "POST" and asked.path == "/api/v1/clients" and answer.status == 422 and asked.query:
        await ask(replace(asked, query="").without_header("prefer"))
    return answer


@fault_of("api", WORDS, "an email that is taken is called invalid")
async def taken_is_invalid(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    taken = b"The email has already been taken."
    return (
        answer.saying(answer.json | {"errors": {"email": ["The email is invalid."]}})
        if taken in answer.body
        else answer
    )


@fault_of("api", WORDS, "a required field is named with underscores")
async def required_with_underscores(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if answer.status != 422:
        return answer
    content = answer.json
    for key, said in content.get("errors", {}).items():
        content["errors"][key] = [text.replace(key.replace("_", " "), key) for text in said]
    return answer.saying(content)


@fault_of("v1", WORDS, "a deleted client is refused with another text")
async def deleted_in_other_words(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if answer.status == 400 and b"Restore the record" in answer.body:
        return answer.saying(answer.json | {"message": "Record is deleted."})
    return answer


@fault_of("v1", WORDS, "an unknown relation is not named")
async def relation_is_not_named(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if answer.status == 400 and b"valid include" in answer.body:
        return answer.saying(answer.json | {"message": "Invalid include."})
    return answer


async def _again(asked: Asked, ask: Ask, applies: bool) -> Answered:
    return await ask(asked.without_header("idempotency-key") if applies else asked)


@fault_of("v1", ONCE, "an upload with a used Idempotency-Key is repeated")
async def uploads_are_repeated(asked: Asked, ask: Ask) -> Answered:
    return await _again(asked, ask, _to(asked, "/upload"))


@fault_of("v1", ONCE, "a webhook is created again with a used Idempotency-Key")
async def webhooks_are_repeated(asked: Asked, ask: Ask) -> Answered:
    return await _again(asked, ask, asked.path == "/api/v1/webhooks")


@fault_of("api", ONCE, "a change of status with a used Idempotency-Key is repeated")
async def status_is_repeated(asked: Asked, ask: Ask) -> Answered:
    return await _again(asked, ask, _to(asked, "/status"))


@fault_of("v1", ONCE, "a bulk action with a used Idempotency-Key is repeated")
async def bulk_is_repeated(asked: Asked, ask: Ask) -> Answered:
    return await _again(asked, ask, _to(asked, "/bulk"))


@fault_of("v1", "one_token_is_default", "a new default token does not replace the old one")
async def new_default_beside(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if asked.method == "GET" and is_below(asked, "v1", "/clients/") and answer.ok:
        made = _remembered.get(f"defaults {asked.headers.get('x-api-token')}", set())

        def beside(client: dict[str, Any]) -> None:
            for each in client.get("gateway_tokens") or ():
                each["is_default"] = each["is_default"] or each["id"] in made

        return changed(answer, beside)
    if asked.method == "POST" and asked.path == "/api/v1/client_gateway_tokens" and asked.json.get("is_default"):
        _remembered.setdefault(f"defaults {asked.headers.get('x-api-token')}", set()).add(answer.json["data"]["id"])
    if _to(asked, "/setAsDefault"):
        _remembered[f"defaults {asked.headers.get('x-api-token')}"] = set()
    return answer


sent(
    *("v1", "contacts_are_marked", "of two primary contacts the last one counts", "last_mark_counts", "/clients"),
    lambda body: (
        body.update(contacts=[*reversed(body["contacts"])])
        if sum(each.get("is_primary") is True for each in body.get("contacts") or () if isinstance(each, dict)) > 1
        else None
    ),
)
sent(
    *("v1", "contacts_are_marked", "asterisks are stored as a password", "asterisks_are_a_password", "/clients"),
    lambda body: [
        each.update(password="Password-1")
        for each in body.get("contacts") or ()
        if isinstance(each, dict) and str(each.get("password", "")).startswith("*")
    ],
)
sent(
    *("v1", "contacts_are_marked", "a weak password is accepted", "weak_passwords_pass", "/clients"),
    lambda body: [
        each.update(password="Password-1")
        for each in body.get("contacts") or ()
        if isinstance(each, dict) and each.get("password") and "*" not in each["password"]
    ],
)


@fault_of("v1", "contacts_are_marked", "an email can belong to one client only")
async def emails_of_one_client(asked: Asked, ask: Ask) -> Answered:
    emails = [each.get("email") for each in asked.json.get("contacts") or () if isinstance(each, dict)]
    known = _remembered.setdefault(f"emails {asked.headers.get('x-api-token')}", set())
    taken = asked.method == "POST" and is_below(asked, "v1", "/clients") and known & set(filter(None, emails))
    if taken:
        return await ask(replace(asked, path=f"{prefix('v1')}/group_settings").sending({}))
    known |= set(filter(None, emails)) if asked.method == "POST" else set()
    return await ask(asked)
