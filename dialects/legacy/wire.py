"""The conventions of /api: the key's header, ids, paging, and the envelope of data, meta and message."""

from typing import Any

from starlette.datastructures import Headers

from core.errors import KeyMisplaced
from core.query import ResultPage, Search, Sort
from dialects.shared.operation import Call
from schemas.openapi import closed_object
from schemas.queries import PageNumber, PageSize, Parameter, SortOrder
from schemas.types import MAX_ID, Schema, whole_number

CREATED = 201
_KEYS_ELSEWHERE = ("authorization", "x-api-token", "x-ninja-token", "x-api-key")

DEFAULT_LIMIT = 25
MAX_LIMIT = 100


def paging(descending: bool = True) -> tuple[Parameter, ...]:
    """Return the parameters of every list. The default order is `descending` or ascending."""
    return (
        SortOrder(name="order", descending=descending, about="Direction of the sort."),
        PageSize(name="limit", default=DEFAULT_LIMIT, cap=MAX_LIMIT, about="Results per page, at most 100."),
        PageNumber(name="page", about="Page number, from 1."),
    )


def read_key(headers: Headers) -> str:
    """Return the key in `Authorization: Bearer KEY`, `""` without one (RFC 6750).

    Raises `KeyMisplaced` if there is a key only where other APIs expect it.
    """
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return key.strip()
    if any(headers.get(name) for name in _KEYS_ELSEWHERE):
        raise KeyMisplaced("It is read from the header Authorization: Bearer KEY")
    return ""


def password_of(_headers: Headers) -> str:
    """Return "": no operation of this dialect asks for a password."""
    return ""


def id_of(text: str) -> int | None:
    """Return the id, which is a plain positive integer; None for anything else."""
    number = whole_number(text)
    return number if number and 0 < number <= MAX_ID else None


def default_search() -> Search:
    """Return the default search: the newest client first, 25 per page."""
    return Search(sort=Sort("id", descending=True), size=DEFAULT_LIMIT)


def one(data: Any, message: str) -> dict[str, Any]:
    """Return the envelope of a single answer."""
    return {"data": data, "message": message}


def describe_one(data: Schema, message: str) -> Schema:
    """Return the schema of `one`."""
    return closed_object({"data": data, "message": message_schema(message)})


def message_schema(message: str) -> Schema:
    """Return the schema of the message of an answer."""
    return {"const": message, "type": "string", "description": "What was done."}


def describe_many(data: Schema, message: str, nouns: str) -> Schema:
    """Return the schema of `many`."""
    number = {"type": "integer", "minimum": 1}
    meta = {
        "current_page": number | {"description": "This page."},
        "per_page": number | {"maximum": MAX_LIMIT, "description": f"{nouns.capitalize()} per page."},
        "total": {"type": "integer", "minimum": 0, "description": f"{nouns.capitalize()} on all pages."},
        "last_page": number | {"description": f"The last page with {nouns}."},
    }
    return closed_object(
        {
            "data": {"type": "array", "items": data, "description": f"The {nouns} of this page."},
            "meta": closed_object(meta, "The position of this page in the list."),
            "message": message_schema(message),
        }
    )


def many(data: list[Any], found: ResultPage, _call: Call, message: str) -> dict[str, Any]:
    """Return the envelope of a list."""
    meta = {
        "current_page": found.page,
        "per_page": found.size,
        "total": found.total,
        "last_page": found.last_page,
    }
    return {"data": data, "meta": meta, "message": message}
