"""Faults of how requests are read: forms, media types, ids, slashes, files, feeds, locations, countries."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import (
    body_fault,
    changed,
    fault_of,
    get,
    is_below,
    prefix,
    record_fault,
)

FLAGS, TYPES, NUMBERS = "flags_of_forms_are_read", "media_types_are_read", "numbers_are_stored_as_text"
IDS, SLASHES, FILES = "ids_are_exact", "slashes_change_nothing", "file_metadata_is_exact"
FEEDS, LOCATIONS, COUNTRIES = "feeds_are_our_own", "locations_are_shown", "countries_are_those_of_iso"
_made: dict[str, list[Any]] = {}


def _words(old: bytes, new: bytes):
    async def fault(request: Request, send: Send) -> Response:
        if "urlencoded" not in request.headers.get("content-type", ""):
            return await send(request)
        body = re.sub(rb"=" + old + rb"(?=&|$)", b"=" + new, request.body)
        return await send(replace(request, body=body).with_headers(content_length=str(len(body))))

    return fault


fault = _words(b"on", b"0")
fault.__name__ = "on_is_off"
fault_of("v1", FLAGS, "`on` in a form is false")(fault)
fault = _words(b"0", b"1")
fault.__name__ = "zero_is_true"
fault_of("v1", FLAGS, "0 in a form is true")(fault)


@fault_of("v1", TYPES, "JSON with a charset is not recognised")
async def charset_is_no_json(request: Request, send: Send) -> Response:
    kind = request.headers.get("content-type", "")
    return await send(request.with_headers(content_type="text/plain") if "json;" in kind else request)


@fault_of("api", TYPES, "media types in upper case are not recognised")
async def capitals_are_unknown(request: Request, send: Send) -> Response:
    kind = request.headers.get("content-type", "")
    head = kind.partition(";")[0]
    return await send(request.with_headers(content_type="text/plain") if head != head.lower() else request)


@fault_of("api", TYPES, "a form with a charset is decoded as Latin-1")
async def forms_are_latin(request: Request, send: Send) -> Response:
    if "form-urlencoded;" not in request.headers.get("content-type", "").lower():
        return await send(request)
    body = request.body.replace(b"%C3%BC", b"%C3%83%C2%BC")
    return await send(replace(request, body=body).with_headers(content_length=str(len(body))))


def _halved(body: dict[str, Any]) -> None:
    for key, value in body.items():
        if isinstance(value, int) and not isinstance(value, bool):
            body[key] = f"{value}.0"


body_fault(
    "v1", NUMBERS, "numbers for text fields get decimals", "numbers_are_fractions", "/clients", _halved, ("PUT",)
)
body_fault(
    *("api", NUMBERS, "payment terms that are a number are lost", "number_of_days_is_lost", "/clients"),
    lambda body: (
        body.pop("client_billing_invoice_due_days")
        if isinstance(body.get("client_billing_invoice_due_days"), int)
        else None
    ),
    ("PATCH",),
)


@fault_of("v1", IDS, "/api/v1 accepts a plain number as an id")
async def numbers_are_ids(request: Request, send: Send) -> Response:
    is_number = re.fullmatch(r"/api/v1/(clients|documents|webhooks)/\d{1,9}", request.path)
    if not is_number:
        return await send(request)
    first = await send(get(request, request.path.rpartition("/")[0]))
    listed_first = first.json["data"][0]["id"]
    return await send(replace(request, path=f"{request.path.rpartition('/')[0]}/{listed_first}"))


@fault_of("v1", IDS, "ids are not case-sensitive")
async def ids_have_no_case(request: Request, send: Send) -> Response:
    answer = await send(request)
    where, _, last = request.path.rpartition("/")
    if answer.status != 404 or request.method != "GET" or where.count("/") != 3:
        return answer
    known = (await send(get(request, where))).json.get("data") or []
    same = [each["id"] for each in known if each["id"].lower() == last.lower()]
    return await send(replace(request, path=f"{where}/{same[0]}")) if same else answer


@fault_of("api", IDS, "characters after an id are ignored")
async def rest_of_id_is_ignored(request: Request, send: Send) -> Response:
    return await send(replace(request, path=re.sub(r"^(/api/[a-z]+/\d+)[a-z.,;-].*$", r"\1", unquote(request.path))))


@fault_of("v1", SLASHES, "a slash after an id names another resource")
async def slash_after_id(request: Request, send: Send) -> Response:
    is_slash = request.path.endswith("/") and request.path.count("/") > 4
    return await send(replace(request, path=request.path + "nothing") if is_slash else request)


@fault_of("v1", FILES, "width and height are swapped")
async def width_is_height(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path.endswith("/download") or not answer.ok or b'"width"' not in answer.body:
        return answer
    body = answer.body.replace(b'"width"', b'"?"').replace(b'"height"', b'"width"').replace(b'"?"', b'"height"')
    return replace(answer, body=body)


record_fault(
    *("v1", FILES, "a file's type keeps its upper case", "type_as_written", "/clients"),
    lambda client: [each.update(type=each["name"].rpartition(".")[2]) for each in client.get("documents") or ()],
)


@fault_of("v1", FILES, "a deleted document can still be downloaded")
async def deleted_bytes_stay(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path.endswith("/download"):
        if answer.ok:
            _made[request.path] = [answer]
        elif answer.status == 404 and request.path in _made:
            return _made[request.path][0]
    return answer


@fault_of("v1", FILES, "`_method` in an upload is ignored")
async def uploads_ignore_the_method_field(request: Request, send: Send) -> Response:
    is_upload = request.method == "POST" and request.path.endswith("/upload")
    return await send(replace(request, method="TRACE") if is_upload else request)


@fault_of("v1", FILES, "an empty file is not stored")
async def empty_files_are_lost(request: Request, send: Send) -> Response:
    is_empty = request.path.endswith("/upload") and re.search(rb"\r\n\r\n\r\n--", request.body)
    return await send(get(request, request.path.removesuffix("/upload")) if is_empty else request)


def _of_everybody(dialect: str, name: str, about: str, path: str) -> None:
    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        if request.method != "GET" or request.path != prefix(dialect) + path or not answer.ok:
            return answer
        content = answer.json
        key = request.headers.get("authorization") or request.headers.get("x-api-token")
        known = _made.setdefault(f"{name} {key}", [])
        known += [each for each in content["data"] if each not in known]
        others = [each for whose, said in _made.items() if whose.startswith(f"{name} ") for each in said]
        content["data"] += [each for each in others if each not in known][-3:]
        return answer.with_json(content)

    fault.__name__ = name
    fault_of(dialect, FEEDS, about)(fault)


_of_everybody("v1", "activities_of_all_companies", "activities of other companies are listed", "/activities")
_of_everybody("api", "changes_of_all_companies", "changes of other companies are listed", "/changes")
body_fault(
    *("v1", LOCATIONS, "the state of a location is lost", "state_of_location_is_lost", "/clients"),
    lambda body: [each.pop("state", None) for each in body.get("locations") or () if isinstance(each, dict)],
)
body_fault(
    *("v1", LOCATIONS, "a location is always a shipping location", "locations_are_for_goods", "/clients"),
    lambda body: [each.update(is_shipping_location=True) for each in body.get("locations") or ()],
)
record_fault(
    *("api", COUNTRIES, "a country is shown by its common name", "countries_as_in_speech", "/clients"),
    lambda client: (
        client["billing"].update(country="Ivory Coast")
        if "Ivoire" in str((client.get("billing") or {}).get("country"))
        else None
    ),
)


@fault_of("v1", COUNTRIES, "one country has the code of another one")
async def code_of_another_country(request: Request, send: Send) -> Response:
    answer = await send(request)
    if not request.path.endswith("/statics") or not answer.ok:
        return answer
    return replace(
        answer, body=answer.body.replace(b'"SE"', b'"??"').replace(b'"SZ"', b'"SE"').replace(b'"??"', b'"SZ"')
    )


@fault_of("api", "categories_count", "a migration leaves out deleted clients")
async def migration_forgets_deleted(request: Request, send: Send) -> Response:
    answer = await send(request)

    def stays(client: dict[str, Any]) -> None:
        known = _made.setdefault(f"group {client['id']}", [client["group_settings_id"]])
        if client["is_deleted"]:
            client["group_settings_id"] = known[0]

    return changed(answer, stays) if is_below(request, "v1", "/clients") and request.method == "GET" else answer


@fault_of("api", "other_methods_are_refused", "a refused method is answered in another shape")
async def refused_in_another_shape(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.with_json({"error": "Method not allowed."}) if answer.status == 405 else answer


@fault_of("v1", "unknown_keys_are_named", "unknown keys of a contact are not reported")
async def unknown_of_contacts_pass(request: Request, send: Send) -> Response:
    answer = await send(request)
    names = answer.headers.get("x-ignored-body", "")
    kept = [each for each in names.split(", ") if "contacts" not in each]
    if not names:
        return answer
    return answer.with_header("x-ignored-body", ", ".join(kept)) if kept else answer.without_header("x-ignored-body")


@fault_of("api", "unknown_keys_are_named", "unknown keys of a create are not named")
async def unknown_of_new_pass(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.without_header("x-ignored-body") if request.method == "POST" else answer


@fault_of("v1", "forms_are_shown", "a POST with `_method=DELETE` creates a record")
async def delete_of_form_is_ignored(request: Request, send: Send) -> Response:
    if b"_method=DELETE" not in request.body:
        return await send(request)
    return await send(get(request, request.path))
