"""Faults of how bodies are read: what is no object, too deep, unfinished or of no media type; doubled fields."""

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import CHANGES, fault_of, get

STRICT, LAST = "bodies_are_read_strictly", "last_values_count"
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


def _with(request: Request, body: bytes, **headers: str) -> Request:
    length = {"content-length": str(len(body))} | {key.replace("_", "-"): value for key, value in headers.items()}
    return replace(request, body=body, headers={**request.headers, **length})


@fault_of("api", STRICT, "an array in place of an object is read as its first item")
async def arrays_are_objects(request: Request, send: Send) -> Response:
    is_array = request.body.startswith(b"[") and request.headers.get("content-type") == _JSON
    return await send(_with(request, json.dumps(json.loads(request.body)[0]).encode()) if is_array else request)


@fault_of("v1", STRICT, "objects may be nested without end")
async def depth_has_no_end(request: Request, send: Send) -> Response:
    is_deep = request.method in CHANGES and request.body.count(b'{"proof"') > 10
    return await send(get(request, request.path) if is_deep else request)


@fault_of("v1", STRICT, "arrays in settings may be nested without end")
async def arrays_have_no_end(request: Request, send: Send) -> Response:
    return await send(get(request, request.path) if b"[" * 33 in request.body else request)


@fault_of("api", STRICT, "letters of a form that are no UTF-8 are replaced")
async def letters_are_replaced(request: Request, send: Send) -> Response:
    is_form = request.headers.get("content-type") == _FORM
    return await send(
        _with(request, request.body.replace(b"%ff", b"%3F")) if is_form and b"%ff" in request.body else request
    )


@fault_of("v1", STRICT, "a form of parts without its end is read as far as it goes")
async def unfinished_forms_pass(request: Request, send: Send) -> Response:
    is_cut = "boundary=proof" in request.headers.get("content-type", "") and b"--proof--" not in request.body
    return await send(_with(request, request.body + b"--proof--\r\n") if is_cut else request)


@fault_of("api", STRICT, "a body without a media type is read as JSON")
async def bodies_need_no_type(request: Request, send: Send) -> Response:
    is_bare = request.method in CHANGES and request.body and "content-type" not in request.headers
    return await send(request.with_headers(content_type=_JSON) if is_bare else request)


def _first_value(name: str, dialect: str, about: str) -> None:
    async def fault(request: Request, send: Send) -> Response:
        if request.headers.get("content-type") != _FORM:
            return await send(request)
        first = dict(reversed(parse_qsl(request.body.decode(), keep_blank_values=True)))
        return await send(_with(request, urlencode(first).encode()))

    fault.__name__ = name
    fault_of(dialect, LAST, about)(fault)


_first_value("first_values_count", "v1", "of a field that is sent twice in a form the first value counts")
_first_value("first_values_count_in_api", "api", "of a field that is sent twice in a form the first value counts")


def _without_limit(name: str, dialect: str, about: str, header: str) -> None:
    """Add a fault that has no limit for bodies with a header."""

    async def fault(request: Request, send: Send) -> Response:
        is_large = request.method in CHANGES and header in request.headers
        answer = await send(request)
        return await send(get(request, request.path)) if is_large and answer.status == 413 else answer

    fault.__name__ = name
    fault_of(dialect, "codings_change_nothing", about)(fault)


_without_limit(
    "small_bodies_become_large", "api", "a compressed body has no limit once it is decoded", "content-encoding"
)
_without_limit("chunks_have_no_limit", "v1", "a body in chunks has no limit", "transfer-encoding")
