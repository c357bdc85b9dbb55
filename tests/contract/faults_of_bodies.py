"""Faults of how bodies are read: what is no object, too deep, unfinished or of no media type; doubled fields."""

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from tests.contract.faulty import Answered, Ask, Asked
from tests.contract.meaning import CHANGES, fault_of, get

STRICT, LAST = "bodies_are_read_strictly", "last_values_count"
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


def _with(asked: Asked, body: bytes, **headers: str) -> Asked:
    length = {"content-length": str(len(body))} | {key.replace("_", "-"): value for key, value in headers.items()}
    return replace(asked, body=body, headers={**asked.headers, **length})


@fault_of("api", STRICT, "an array in place of an object is read as its first item")
async def arrays_are_objects(asked: Asked, ask: Ask) -> Answered:
    is_array = asked.body.startswith(b"[") and asked.headers.get("content-type") == _JSON
    return await ask(_with(asked, json.dumps(json.loads(asked.body)[0]).encode()) if is_array else asked)


@fault_of("v1", STRICT, "objects may be nested without end")
async def depth_has_no_end(asked: Asked, ask: Ask) -> Answered:
    is_deep = asked.method in CHANGES and asked.body.count(b'{"proof"') > 10
    return await ask(get(asked, asked.path) if is_deep else asked)


@fault_of("v1", STRICT, "arrays in settings may be nested without end")
async def arrays_have_no_end(asked: Asked, ask: Ask) -> Answered:
    return await ask(get(asked, asked.path) if b"[" * 33 in asked.body else asked)


@fault_of("api", STRICT, "letters of a form that are no UTF-8 are replaced")
async def letters_are_replaced(asked: Asked, ask: Ask) -> Answered:
    is_form = asked.headers.get("content-type") == _FORM
    return await ask(_with(asked, asked.body.replace(b"%ff", b"%3F")) if is_form and b"%ff" in asked.body else asked)


@fault_of("v1", STRICT, "a form of parts without its end is read as far as it goes")
async def unfinished_forms_pass(asked: Asked, ask: Ask) -> Answered:
    is_cut = "boundary=proof" in asked.headers.get("content-type", "") and b"--proof--" not in asked.body
    return await ask(_with(asked, asked.body + b"--proof--\r\n") if is_cut else asked)


@fault_of("api", STRICT, "a body without a media type is read as JSON")
async def bodies_need_no_type(asked: Asked, ask: Ask) -> Answered:
    is_bare = asked.method in CHANGES and asked.body and "content-type" not in asked.headers
    return await ask(asked.with_headers(content_type=_JSON) if is_bare else asked)


def _first_value(name: str, dialect: str, about: str) -> None:
    async def fault(asked: Asked, ask: Ask) -> Answered:
        if asked.headers.get("content-type") != _FORM:
            return await ask(asked)
        first = dict(reversed(parse_qsl(asked.body.decode(), keep_blank_values=True)))
        return await ask(_with(asked, urlencode(first).encode()))

    fault.__name__ = name
    fault_of(dialect, LAST, about)(fault)


_first_value("first_values_count", "v1", "of a field that is sent twice in a form the first value counts")
_first_value("first_values_count_in_api", "api", "of a field that is sent twice in a form the first value counts")


def _without_limit(name: str, dialect: str, about: str, header: str) -> None:
    """Add a fault that has no limit for bodies with a header."""

    async def fault(asked: Asked, ask: Ask) -> Answered:
        is_large = asked.method in CHANGES and header in asked.headers
        answer = await ask(asked)
        return await ask(get(asked, asked.path)) if is_large and answer.status == 413 else answer

    fault.__name__ = name
    fault_of(dialect, "codings_change_nothing", about)(fault)


_without_limit(
    "small_bodies_become_large", "api", "a compressed body has no limit once it is decoded", "content-encoding"
)
_without_limit("chunks_have_no_limit", "v1", "a body in chunks has no limit", "transfer-encoding")
