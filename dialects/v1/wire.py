"""The conventions of /api/v1: the headers of token and password, hashed ids, paging, and the data envelope."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import Headers

from core.errors import KeyMisplaced
from core.query import ResultPage, Search
from dialects.shared.operation import Call
from schemas.openapi import closed_object
from schemas.queries import Include, PageNumber, PageSize, Parameter, Where
from schemas.types import PastTime, Schema

DEFAULT_PER_PAGE = 20
MAX_PER_PAGE = 5000
ALWAYS = ("contacts", "documents", "gateway_tokens")
ON_REQUEST = (*("activities", "activities.history", "ledger", "group_settings", "system_logs", "locations", "tags"),)

PAGING: tuple[Parameter, ...] = (
    PageSize(name="per_page", default=DEFAULT_PER_PAGE, cap=MAX_PER_PAGE, about="Results per page, at most 5000."),
    PageNumber(name="page", about="Page number, from 1."),
)
SINCE: tuple[Parameter, ...] = (
    Where(
        name="created_at",
        attribute="created_at",
        operator="gte",
        type=PastTime(),
        about="Created at or after this time.",
    ),
    Where(
        name="updated_at",
        attribute="updated_at",
        operator="gte",
        type=PastTime(),
        about="Changed at or after this time.",
    ),
)
ABOUT_SORT = "Column and direction, as in name|DESC; several levels are separated by commas or sent as sort[]."
INCLUDE = Include(
    name="include",
    always=ALWAYS,
    relations=ON_REQUEST,
    about="Comma-separated relations to include; contacts, documents and gateway_tokens are always included.",
)


def read_key(headers: Headers) -> str:
    """Return the token in `X-API-TOKEN`, or in the older `X-Ninja-Token`, which one client uses for short tokens.

    Raises `KeyMisplaced` if there is a key only where other APIs expect it.
    """
    token = (headers.get("x-api-token") or headers.get("x-ninja-token", "")).strip()
    is_elsewhere = not token and ("authorization" in headers or "x-api-key" in headers)
    if is_elsewhere and "x-api-token" not in headers:
        raise KeyMisplaced("it is read from the header X-API-TOKEN: KEY")
    return token


def password_of(headers: Headers) -> str:
    """Return the password in `X-API-PASSWORD`, or base64-encoded in `X-API-PASSWORD-BASE64`; `""` without one."""
    plain = headers.get("x-api-password", "")
    if plain:
        return _decoded_utf8(plain)
    try:
        return base64.b64decode(headers.get("x-api-password-base64", ""), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _decoded_utf8(header: str) -> str:
    # Starlette decodes headers as Latin-1; curl and PHP send the bytes of the terminal, which are UTF-8.
    try:
        return header.encode("latin-1").decode()
    except UnicodeDecodeError:
        return header


def default_search() -> Search:
    """Return the default search: the oldest client first, 20 per page."""
    return Search(size=DEFAULT_PER_PAGE)


@dataclass(frozen=True)
class Envelope:
    """The envelope of answers; page links are absolute, below the installation's public URL."""

    public_url: str
    CREATED = 200

    def one(self, data: Any, _message: str) -> dict[str, Any]:
        """Return the envelope of a single record."""
        return {"data": data}

    def many(self, data: list[Any], found: ResultPage, call: Call, _message: str) -> dict[str, Any]:
        """Return the envelope of a list, with its pagination."""
        pagination: dict[str, Any] = {
            "total": found.total,
            "count": len(data),
            "per_page": found.size,
            "current_page": found.page,
            "total_pages": found.last_page,
            "links": self._links(found, call) or [],
        }
        return {"data": data, "meta": {"pagination": pagination}}

    def describe_one(self, data: Schema, _message: str) -> Schema:
        """Return the schema of `one`."""
        return closed_object({"data": data})

    def describe_many(self, data: Schema, _message: str, nouns: str) -> Schema:
        """Return the schema of `many`."""
        count = {"type": "integer", "minimum": 0}
        number = {"type": "integer", "minimum": 1}
        url = {"type": "string", "format": "uri"}
        links = {
            "type": "object",
            "properties": {
                "next": url | {"description": "The next page."},
                "previous": url | {"description": "The page before."},
            },
            "additionalProperties": False,
            "minProperties": 1,
        }
        pagination: dict[str, Schema] = {
            "total": count | {"description": f"{nouns.capitalize()} on all pages."},
            "count": count | {"description": f"{nouns.capitalize()} on this page."},
            "per_page": number | {"maximum": MAX_PER_PAGE, "description": f"{nouns.capitalize()} per page."},
            "current_page": number | {"description": "This page."},
            "total_pages": number | {"description": f"The last page with {nouns}."},
            "links": {
                "description": "Links to the next and previous page; an empty array if there is only one page.",
                "anyOf": [{"type": "array", "items": {}, "maxItems": 0}, links],
            },
        }
        meta = closed_object(
            {"pagination": closed_object(pagination, "The position of this page in the list.")},
            "Information about the list.",
        )
        items = {"type": "array", "items": data, "description": f"The {nouns} of this page."}
        return closed_object({"data": items, "meta": meta})

    def _links(self, found: ResultPage, call: Call) -> dict[str, str]:
        if found.last_page == 1 == found.page:
            return {}
        kept = urlencode([(name, value) for name, value in call.query_pairs if name != "page"])
        page_of = f"{self.public_url}{call.path}?{kept}{'&' if kept else ''}page="
        links = {}
        if found.page > 1:
            links["previous"] = f"{page_of}{min(found.page - 1, found.last_page)}"
        if found.page < found.last_page:
            links["next"] = f"{page_of}{found.page + 1}"
        return links
