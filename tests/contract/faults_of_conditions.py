"""Faults under rare conditions: codes beside numbers, masks, lists of versions, later replays, encoded passwords."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, changed, document_fault, fault_of, get, query_fault
from tests.drivers import HASHIDS

ETAGS, CODES, BACK = "etags_follow_changes", "codes_are_shown", "records_are_written_back"
_JSON = {"content-type": "application/json"}


def _tagged_by_itself(name: str, about: str, path: str, seen: Callable[[Any], object]) -> None:
    """Add a fault of ETags: that of a record depends only on a part of what is shown."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        if not (request.path.startswith(f"/api{path}/") and request.path.count("/") == 3 and answer.ok):
            return answer
        if "etag" not in answer.headers:
            return answer
        return answer.with_header("etag", f'"{sha256(repr(seen(answer.json["data"])).encode()).hexdigest()[:8]}"')

    fault.__name__ = name
    fault_of("api", ETAGS, about)(fault)


def _without(*names: str) -> Callable[[Any], object]:
    return lambda record: [(key, value) for key, value in record.items() if key not in names]


_tagged_by_itself(
    *("tag_of_contact_alone", "the ETag of a contact stays when its client is renamed", "/contacts"), _without("client")
)
_tagged_by_itself(
    *("tag_without_count", "the ETag of a category stays when the number of its clients changes", "/categories"),
    _without("count"),
)
_tagged_by_itself(
    *("tag_without_category", "the ETag of a client stays when its category is renamed", "/clients"),
    _without("category"),
)


@fault_of("v1", "versions_guard_writes", "of several versions in If-Match only the first one counts")
async def first_version_counts(request: Request, send: Send) -> Response:
    known = request.headers.get("if-match", "")
    return await send(request.with_headers(if_match=known.partition(",")[0]) if "," in known else request)


@fault_of("api", "retries_are_done_once", "a repeated answer shows the record as it is now")
async def replays_are_read_anew(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method != "PATCH" or "idempotency-replayed" not in answer.headers:
        return answer
    return answer.with_json(answer.json | {"data": (await send(get(request, request.path))).json["data"]})


@fault_of("v1", "passwords_are_needed", "any password is accepted if it is encoded")
async def encoded_is_believed(request: Request, send: Send) -> Response:
    try:
        encoded = base64.b64decode(request.headers.get("x-api-password-base64", ""), validate=True)
    except binascii.Error:
        encoded = b""
    return await send(request.with_headers(x_api_password="Secret123") if encoded else request)


@fault_of("api", "other_companies_write_nothing", "clients can be moved to another company's category")
async def migrates_to_strangers(request: Request, send: Send) -> Response:
    answer = await send(request)
    is_refused = request.path.endswith("/migrate") and answer.status == 422
    return Response(200, _JSON, b'{"data": {}, "message": "x"}') if is_refused else answer


@fault_of("v1", "other_companies_read_nothing", "the activities of another company's client are listed")
async def activities_of_strangers(request: Request, send: Send) -> Response:
    answer = await send(request)
    if (
        request.path != "/api/v1/activities"
        or "client_id" not in request.params
        or not answer.ok
        or answer.json["data"]
    ):
        return answer
    return answer.with_json(answer.json | {"data": [{"id": "VolejRejNm"}]})


@fault_of("v1", "contacts_are_shown", "a mask or an empty text removes the password of a contact")
async def masks_clear_passwords(request: Request, send: Send) -> Response:
    answer = await send(request)
    people = request.json.get("contacts") if request.method == "PUT" else None
    if not answer.ok or not isinstance(people, list):
        return answer
    cleared = {each["id"] for each in people if "id" in each and not str(each.get("password", "x") or "").strip("*")}

    def change(client: dict[str, Any]) -> None:
        for each in client["contacts"]:
            each.update({"password": ""} if each["id"] in cleared else {})

    return changed(answer, change)


def _other_language(content: dict[str, Any]) -> None:
    content.update({"language_code": "fr"} if "language_code" in content else {})


def _codes_alone(content: dict[str, Any]) -> None:
    if "country_code" in content:
        content.pop("country_id", None)


body_fault(
    *("v1", CODES, "a language's code is that of another language", "language_of_another_code", "/clients"),
    _other_language,
)
body_fault(
    *("v1", CODES, "a country's code takes precedence over its number", "codes_before_numbers", "/clients"),
    _codes_alone,
)


@fault_of("v1", "tags_are_shown", "tags with a repetition are refused")
async def repeated_tags_are_refused(request: Request, send: Send) -> Response:
    tags = request.json.get("tags", [])
    doubled = request.method == "PUT" and len(set(tags)) < len(tags)
    return Response(422, _JSON, b'{"message": "x", "errors": {}}') if doubled else await send(request)


@fault_of("v1", "uploads_are_shown", "whether an upload is public is read from the query only")
async def forms_are_private(request: Request, send: Send) -> Response:
    flag = b'name="is_public"\r\n\r\n'
    return await send(replace(request, body=request.body.replace(flag + b"1", flag + b"0")))


query_fault(
    *("v1", "activities_are_listed", "every page of activities is the first one", "activities_have_one_page"),
    *("/activities", lambda request: request.without_params("page")),
)


@fault_of("api", BACK, "a client without a name gets the name that is shown for it")
async def shown_names_are_stored(request: Request, send: Send) -> Response:
    if request.method == "PATCH" and request.path.startswith("/api/clients/"):
        key = request.headers["authorization"].removeprefix("Bearer ")
        path = f"/api/v1/clients/{HASHIDS.encode(int(request.path.rpartition('/')[2]))}"
        authenticated = request.with_headers(x_api_token=key).with_json(
            {"name": request.json.get("client_company_name", "")}
        )
        await send(replace(authenticated, method="PUT", path=path))
    return await send(request)


def _fill_country(content: dict[str, Any]) -> None:
    content.update({"country_id": "840"} if content.get("country_id") == "" else {})


body_fault(
    "v1", BACK, "an empty country that is sent back is replaced", "empty_country_is_filled", "/clients", _fill_country
)


@fault_of("api", "unknown_parameters_change_nothing", "Prefer: handling=lenient is treated as strict")
async def lenient_is_strict(request: Request, send: Send) -> Response:
    is_lenient = "lenient" in request.headers.get("prefer", "")
    return await send(request.with_headers(prefer="handling=strict") if is_lenient else request)


def _optional_names(document: Any) -> None:
    for media in document["paths"]["/api/clients/{id}"]["patch"]["requestBody"]["content"].values():
        media["schema"] = {key: value for key, value in media["schema"].items() if key != "required"}


document_fault(
    *("api", "openapi_has_no_breaking_change", "a change of a client does not require the name", "names_are_optional"),
    _optional_names,
)
