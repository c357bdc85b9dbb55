"""Faults of requests as other programs send them: headers in several lines, ids between blanks, long names."""

import re
from dataclasses import replace
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import fault_of, get, is_below, record_fault

LINES, ENCODED, EXACT = "lines_of_a_header_are_one_list", "encoded_letters_are_the_same", "ids_are_exact"


@fault_of("v1", LINES, "only the last line of a header is read")
async def earlier_lines_are_lost(request: Request, send: Send) -> Response:
    return await send(request)  # whose headers are a table, with one value for each name


@fault_of("api", LINES, "only the last preference is read")
async def earlier_preferences_are_lost(request: Request, send: Send) -> Response:
    return await send(request)


def _not_found(dialect: str) -> Response:
    return Response(404, {"content-type": "application/json"}).with_json(
        {"message": "Not found"} | ({"errors": {}} if dialect == "v1" else {})
    )


@fault_of("v1", ENCODED, "a path with percent-encoded letters is not found")
async def encoded_letters_are_not_decoded(request: Request, send: Send) -> Response:
    return _not_found("v1") if b"%" in request.raw_path else await send(request)


@fault_of("api", ENCODED, "an id with percent-encoded digits is not found")
async def encoded_ids_are_not_decoded(request: Request, send: Send) -> Response:
    return _not_found("api") if b"%" in request.raw_path.rpartition(b"/")[2] else await send(request)


@fault_of("v1", EXACT, "an id is found with blanks around it")
async def ids_are_trimmed(request: Request, send: Send) -> Response:
    return await send(replace(request, path="/".join(map(str.strip, request.path.split("/")))))


@fault_of("api", EXACT, "an id is found with a sign before it")
async def signed_ids_are_found(request: Request, send: Send) -> Response:
    return await send(replace(request, path=re.sub(r"/[+]([0-9]+)", r"/\1", request.path)))


@fault_of("v1", "downloads_are_attachments", "the header of a download ends after 300 characters")
async def long_names_are_cut(request: Request, send: Send) -> Response:
    answer = await send(request)
    said = answer.headers.get("content-disposition", "")
    return answer.with_header("content-disposition", said[:300]) if said else answer


def _cut(client: dict[str, Any]) -> None:
    for each in client.get("activities", ()):
        each["after"] = {key: value[:255] if isinstance(value, str) else value for key, value in each["after"].items()}


record_fault(
    *("v1", "changes_are_recorded", "a history has the first 255 characters of a value", "histories_cut_values"),
    *("/clients", _cut),
)


@fault_of("api", "categories_count", "the default category keeps its name")
async def default_category_keeps_its_name(request: Request, send: Send) -> Response:
    if request.method == "PATCH" and is_below(request, "api", "/categories/"):
        known = await send(get(request, request.path))
        if known.ok and known.json["data"]["system_default"] == "yes":
            return known
    return await send(request)
