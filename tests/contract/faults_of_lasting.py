"""Faults of what lasts: numbers, names and ids after merges and removals, values of other companies, checked values."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import CHANGES, body_fault, changed, fault_of, get, key_of

MERGED, NAMES, NUMBERS = "merged_ids_name_the_survivor", "merged_keep_their_names", "given_numbers_are_never_reused"
COMPANIES, OWNERS = "uniqueness_is_per_company", "owners_change_alone"
WEBHOOKS, FILES = "webhooks_are_checked", "upload_fields_have_many_names"
_JSON = {"content-type": "application/json"}
_moved: set[str] = set()
_given: dict[str, str] = {}
_due: dict[str, str] = {}
_taken: dict[str, dict[str, str]] = defaultdict(dict)
_touched: set[str] = set()


@fault_of("api", MERGED, "the answer does not say that a client was merged")
async def merges_are_not_stated(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.with_json({"message": "Client not found."}) if b"merged into" in answer.body else answer


@fault_of("v1", NAMES, "contacts that were merged have new keys")
async def merged_contacts_have_new_keys(request: Request, send: Send) -> Response:
    if request.path.endswith("/merge"):
        other = await send(get(request, f"/api/v1/clients/{request.path.split('/')[5]}"))
        answer = await send(request)
        if answer.ok and other.ok:
            _moved.update(each["contact_key"] for each in other.json["data"]["contacts"])
        return answer

    def renew(client: dict[str, Any]) -> None:
        for each in client.get("contacts", ()):
            if each["contact_key"] in _moved:
                each["contact_key"] = each["contact_key"][::-1]

    return changed(await send(request), renew)


async def _assigned_again(request: Request, send: Send, is_end: bool) -> Response:
    """Answer a request; the number that was given to the last client is the next one after that client has ended."""
    key = request.headers.get("x-api-token") or request.headers.get("authorization", "").removeprefix("Bearer ")
    is_new = request.method == "POST" and request.path == "/api/v1/clients"
    if is_new and "number" in request.json:
        _given[key] = request.json["number"]
    if is_new and "number" not in request.json and key in _due:
        request = request.with_json(request.json | {"number": _due.pop(key)})
    answer = await send(request)
    if is_end and answer.ok and key in _given:
        _due[key] = _given.pop(key)
    return answer


@fault_of("v1", NUMBERS, "a number that was given is assigned after its client was purged")
async def given_numbers_come_again(request: Request, send: Send) -> Response:
    return await _assigned_again(request, send, request.path.endswith("/purge"))


@fault_of("api", NUMBERS, "a number that was given is assigned after /api has deleted its client")
async def deleted_numbers_come_again(request: Request, send: Send) -> Response:
    is_end = request.method == "DELETE" and request.path.startswith("/api/clients/")
    return await _assigned_again(request, send, is_end)


def _of_everybody(name: str, dialect: str, about: str, path: str, key: str) -> None:
    """Add a fault of a value that is unique in all companies together."""

    async def fault(request: Request, send: Send) -> Response:
        if request.method != "POST" or request.path != path or key not in request.json:
            return await send(request)
        caller, value = str(key_of(request)), str(request.json[key])
        if _taken[name].setdefault(value, caller) != caller:
            said = {"message": "The given data was invalid.", "errors": {key: ["The value has already been taken."]}}
            return Response(422, _JSON).with_json(said)
        return await send(request)

    fault.__name__ = name
    fault_of(dialect, COMPANIES, about)(fault)


_of_everybody(
    *("emails_of_everybody", "api", "an email is taken if a client of another company has it"),
    *("/api/clients", "email"),
)
_of_everybody(
    *("categories_of_everybody", "api", "the name of another company's category is taken"),
    *("/api/categories", "category_name"),
)
_of_everybody(
    *("numbers_of_everybody", "v1", "the number of another company's client is taken"), *("/api/v1/clients", "number")
)
_of_everybody(
    *("references_of_everybody", "v1", "the id_number of another company's client is taken"),
    *("/api/v1/clients", "id_number"),
)


@fault_of("api", OWNERS, "a change of the owner changes the time of every contact of the client")
async def owners_touch_everybody(request: Request, send: Send) -> Response:
    answer, caller = await send(request), str(key_of(request))
    if request.path.endswith("/owner") and answer.ok:
        _touched.add(caller)
    if request.path.startswith("/api/contacts/") and caller in _touched:
        return changed(answer, lambda each: each["dates"].update(updated="2099-01-01T00:00:00.000000Z"))
    return answer


def _cleaned(name: str, about: str, key: str, bad: str) -> None:
    """Add a fault that accepts a bad value of a webhook."""

    def clean(content: dict[str, Any]) -> None:
        if key == "headers":
            content["headers"] = {each: x for each, x in (content.get("headers") or {}).items() if each != bad}
        elif bad in str(content.get(key)):
            content[key] = "https://hooks.example/other"

    body_fault("v1", WEBHOOKS, about, name, "/webhooks", clean)


_cleaned("metadata_is_reached", "a webhook may lead to the metadata of a cloud", "target_url", "169.254.169.254")
_cleaned("users_in_targets_pass", "the address of a webhook may have a password", "target_url", "user:word@")
_cleaned("host_is_set", "a webhook may set the header Host", "headers", "Host")


@fault_of("v1", WEBHOOKS, "the headers of a webhook are merged with those that it has")
async def headers_are_merged(request: Request, send: Send) -> Response:
    if request.method == "PUT" and "/webhooks/" in request.path and isinstance(request.json.get("headers"), dict):
        known = (await send(get(request, request.path))).json["data"]["headers"]
        return await send(request.with_json(request.json | {"headers": known | request.json["headers"]}))
    return await send(request)


@fault_of("v1", FILES, "files under numbered names are lost")
async def numbered_files_are_lost(request: Request, send: Send) -> Response:
    body = request.body.replace(b'name="documents[0]"', b'name="documents-0-"')
    return await send(replace(request, body=body.replace(b'name="documents[1]"', b'name="documents-1-"')))


@fault_of("v1", FILES, "`_method` in a query is not recognised in lower case")
async def lower_case_methods_are_ignored(request: Request, send: Send) -> Response:
    is_small = request.params.get("_method", "X").islower()
    return await send(request.without_params("_method") if is_small else request)


@fault_of("v1", FILES, "an upload without a file is accepted")
async def nothing_is_uploaded(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path.endswith("/upload") and answer.status == 422:
        return await send(get(request, request.path.removesuffix("/upload")))
    return answer


@fault_of("v1", FILES, "a renamed document gets the type of its new name")
async def renamed_are_of_another_type(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method in CHANGES and "/documents/" in request.path and "." in str(request.json.get("name")):
        return changed(answer, lambda each: each.update(type=each["name"].rpartition(".")[2]))
    return answer


@fault_of("v1", FILES, "a public upload makes all documents of its client public")
async def uploads_publish_everything(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path.endswith("/upload") and answer.ok and b'name="is_public"\r\n\r\n1' in request.body:
        for each in answer.json["data"]["documents"]:
            path, headers = f"/api/v1/documents/{each['id']}", key_of(request) | _JSON
            await send(Request("PUT", path, "", headers, b"").with_json({"is_public": True}))
    return answer
