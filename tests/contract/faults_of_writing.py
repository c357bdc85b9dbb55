"""Faults of unusual input: letters, digits, forms, lists with numeric keys, queries, defaults, names."""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import CHANGES, body_fault, fault_of, get, record_fault

SENT, TAGS, LISTS = "sent_is_shown", "tags_are_shown", "lists_are_written_any_way"
NESTED, QUERY, DEFAULTS = "nested_is_written_any_way", "writes_read_the_query", "defaults_are_given"


def _texts(change: Callable[[str], str]) -> Callable[[dict[str, Any]], None]:
    """A change of all texts of a body."""

    def changed(body: dict[str, Any]) -> None:
        for key, value in body.items():
            if isinstance(value, str):
                body[key] = change(value)

    return changed


def _number(text: str) -> str:
    return str(int(text)) if text.isascii() and text.isdigit() else text


def _escaped(body: dict[str, Any]) -> None:
    if isinstance(body.get("tags"), list):
        body["tags"] = [html.escape(each) for each in body["tags"]]


def _in_their_order(body: dict[str, Any]) -> None:
    if isinstance(body.get("tags"), dict):
        body["tags"] = list(body["tags"].values())


def _without_number(body: dict[str, Any]) -> None:
    if isinstance(body.get("tags"), dict):
        del body["tags"]


body_fault(
    *("v1", SENT, "letters and combining marks are composed", "marks_are_composed", "/clients"),
    _texts(lambda text: unicodedata.normalize("NFC", text)),
)
body_fault(
    *("api", SENT, "letters are replaced by compatible ones", "letters_are_plainer", "/notes"),
    _texts(lambda text: unicodedata.normalize("NFKC", text)),
)
body_fault(
    *(
        "v1",
        SENT,
        "letters beyond the Basic Multilingual Plane are lost",
        "supplementary_letters_are_lost",
        "/documents",
    ),
    _texts(lambda text: re.sub("[\U00010000-\U0010ffff]", "", text)),
)
body_fault("api", SENT, "HTML entities are decoded", "entities_are_decoded", "/contacts", _texts(html.unescape))
body_fault("v1", SENT, "percent-encoding is decoded twice", "percent_is_decoded", "/group_settings", _texts(unquote))
body_fault(
    *("api", SENT, "the lines of a note are joined", "lines_are_joined", "/notes"),
    _texts(lambda text: text.replace("\n", " ")),
)
body_fault("api", TAGS, "tags are escaped for HTML", "tags_are_escaped", "/clients", _escaped)
body_fault("v1", SENT, "texts of digits lose leading zeros", "zeros_are_lost", "/clients", _texts(_number))
body_fault("api", SENT, "texts of digits lose leading zeros", "zeros_are_lost_in_api", "/clients", _texts(_number))
body_fault(
    "api", SENT, "a leading plus sign is lost", "plus_is_lost", "/contacts", _texts(lambda text: text.lstrip("+"))
)
body_fault(
    *("v1", SENT, "only PATCH loses the city", "patch_loses_city", "/clients"),
    lambda body: body.pop("city", None),
    methods=("PATCH",),
)
body_fault(
    *("v1", SENT, "only PUT loses the name of a document", "put_loses_name", "/documents"),
    lambda body: body.pop("name", None),
    methods=("PUT",),
)
body_fault(
    "api",
    LISTS,
    "an object with numbers as keys is a list in the order sent",
    "numbers_are_no_order",
    "/clients",
    _in_their_order,
)
body_fault(
    "v1",
    LISTS,
    "an object with numbers as keys is not read as a list",
    "numbers_are_no_list",
    "/clients",
    _without_number,
)
body_fault(
    *("v1", NESTED, "one object where a list is expected is ignored", "one_object_is_no_list", "/clients"),
    lambda body: body.pop("contacts") if "first_name" in (body.get("contacts") or ()) else None,
)
body_fault(
    *("api", DEFAULTS, "a category is hidden by default", "hidden_by_default", "/categories"),
    lambda body: body.setdefault("category_visibility", "hidden"),
    methods=("POST",),
)
body_fault(
    *("v1", DEFAULTS, "webhooks use PUT by default", "put_by_default", "/webhooks"),
    lambda body: body.setdefault("rest_method", "put"),
    methods=("POST",),
)
body_fault(
    *("api", DEFAULTS, "a note is private by default", "private_by_default", "/notes"),
    lambda body: body.setdefault("note_visibility", "private"),
    methods=("POST",),
)
body_fault(
    *("api", "streets_are_written_back", "a street is stored without spaces after commas", "street_is_shorter"),
    "/clients",
    lambda body: (
        body.update(client_billing_street=str(body["client_billing_street"]).replace(", ", ","))
        if body.get("client_billing_street")
        else None
    ),
)

record_fault(
    *("v1", "names_fall_back", "a client without a name is shown without one", "no_name_is_none", "/clients"),
    lambda client: client.update(display_name=client["name"]) if "display_name" in client else None,
)
record_fault(
    *(
        "api",
        "names_fall_back",
        "a client is never shown with the name of its owner",
        "owner_lends_no_name",
        "/clients",
    ),
    lambda client: client.update(company_name=None) if client.get("company_name") == _owner(client) else None,
)
record_fault(
    *("v1", "balances_are_shown", "what was paid and the credit are swapped", "paid_is_credit", "/clients"),
    lambda client: (
        client.update(paid_to_date=client["credit_balance"], credit_balance=client["paid_to_date"])
        if "credit_balance" in client
        else None
    ),
)


def _owner(client: dict[str, Any]) -> str | None:
    return (client.get("owner") or {}).get("name")


@fault_of("api", "countries_are_understood", "a country's code is shown as it was sent")
async def codes_stay_codes(request: Request, send: Send) -> Response:
    answer = await send(request)
    code = request.json.get("client_billing_country")
    if not (answer.ok and isinstance(code, str) and len(code) in (2, 3)):
        return answer
    content = answer.json
    content["data"]["billing"]["country"] = code
    return answer.with_json(content)


@fault_of("api", LISTS, "only the last item of a list in a multipart form is read")
async def parts_have_one_item(request: Request, send: Send) -> Response:
    if "multipart" not in request.headers.get("content-type", ""):
        return await send(request)
    parts = request.body.split(b"--proof-of-forms")
    body = b"--proof-of-forms".join([parts[0], *parts[-2:]])
    return await send(replace(request, body=body).with_headers(content_length=str(len(body))))


@fault_of("v1", QUERY, "the query of a write is ignored")
async def query_of_writes_is_ignored(request: Request, send: Send) -> Response:
    return await send(replace(request, query="") if request.method in CHANGES else request)


@fault_of("api", QUERY, "the query of a write takes precedence over its body")
async def query_before_body(request: Request, send: Send) -> Response:
    params = request.params if request.method == "PATCH" and request.json else {}
    return await send(request.with_json(request.json | params) if params else request)


@fault_of("v1", "settings_are_merged", "settings that are not sent are lost")
async def settings_are_replaced(request: Request, send: Send) -> Response:
    settings = request.json.get("settings")
    if request.method != "PUT" or not isinstance(settings, dict):
        return await send(request)
    before = await send(get(request, request.path))
    known = before.json["data"]["settings"] if before.ok else {}
    kept = dict.fromkeys(key for key in known if key not in ("entity", "currency_id"))
    return await send(request.with_json(request.json | {"settings": {**kept, **settings}}))


@fault_of("v1", "patch_is_put", "PATCH accepts what PUT refuses")
async def patch_refuses_nothing(request: Request, send: Send) -> Response:
    answer = await send(request)
    return await send(get(request, request.path)) if request.method == "PATCH" and answer.status == 422 else answer


@fault_of("v1", "patch_is_put", "PATCH does not read forms")
async def patch_reads_no_forms(request: Request, send: Send) -> Response:
    is_form = request.method == "PATCH" and "form" in request.headers.get("content-type", "")
    return await send(replace(request, body=b"").with_headers(content_length="0") if is_form else request)
