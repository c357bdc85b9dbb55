"""The application: both dialects' reads and creates."""

import hashlib
import os
from functools import lru_cache
from math import ceil
from typing import Any

import orjson
from hashids import Hashids
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.text import countries
from tests.bench.expert import shapes
from tests.bench.expert.statements import reads
from tests.bench.expert.stores import NewClient, Postgresql, Refused, Sqlite, Store

_PUBLIC_URL = os.environ["GATEWAY_PUBLIC_URL"]
_HASHIDS = Hashids(min_length=10)
_IDS = ("id", "user_id", "assigned_user_id", "group_settings_id")


def _store() -> Store:
    url = os.environ["GATEWAY_DATABASE_URL"]
    return Sqlite(url.removeprefix("sqlite:///")) if url.startswith("sqlite:") else Postgresql(url)


store = _store()
_LEGACY = reads(shapes.legacy(store.sql), hides_deleted=True, newest_first=True)
_V1 = reads(shapes.v1(store.sql, _PUBLIC_URL), hides_deleted=False, newest_first=False)


@lru_cache(65_536)
def _hashed(number: int | None) -> str:
    return str(_HASHIDS.encode(number)) if number else ""


@lru_cache(1_024)
def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _key(request: Request) -> str:
    key = request.headers.get("x-api-token") or request.headers.get("authorization", "").removeprefix("Bearer ")
    return _digest(key)


def _json(*parts: str | bytes, status: int = 200) -> Response:
    body = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return Response(body, status, media_type="application/json")


async def legacy_one(request: Request) -> Response:
    found = await store.one(_LEGACY, _key(request), int(request.path_params["id"]))
    return _json('{"data":', found, ',"message":"Client retrieved successfully."}')


async def legacy_list(request: Request) -> Response:
    size, number = int(request.query_params.get("limit", 25)), int(request.query_params.get("page", 1))
    total, found = await store.page(_LEGACY, _key(request), size, number)
    meta = {"current_page": number, "per_page": size, "total": total, "last_page": max(1, ceil(total / size))}
    head = orjson.dumps({"meta": meta, "message": "Clients retrieved successfully."})
    return _json('{"data":[', ",".join(found), "],", head[1:])


async def legacy_create(request: Request) -> Response:
    body = orjson.loads(await request.body())
    country = body.get("client_billing_country", "")
    new = NewClient(
        body["client_company_name"],
        body.get("client_phone", ""),
        body.get("client_billing_city", ""),
        countries.by_name(country) or 0,
        country,
        (body["first_name"], body["last_name"], body["email"]),
        body.get("tags", []),
        is_unique=True,
    )
    made = await store.create(_LEGACY, _key(request), new)
    return _json('{"data":', made, ',"message":"Client created successfully."}', status=201)


async def v1_one(request: Request) -> Response:
    client = (*_HASHIDS.decode(request.path_params["id"]), 0)[0]
    return _json(b'{"data":', _shown(await store.one(_V1, _key(request), client)), b"}")


async def v1_list(request: Request) -> Response:
    size, number = int(request.query_params.get("per_page", 20)), int(request.query_params.get("page", 1))
    total, found = await store.page(_V1, _key(request), size, number)
    pages = max(1, ceil(total / size))
    beside = {"previous": number - 1, "next": number + 1}
    to = f"{_PUBLIC_URL}{request.url.path}?per_page={size}&page="
    links = {name: f"{to}{at}" for name, at in beside.items() if 1 <= at <= pages} or []
    pagination = {"total": total, "count": len(found), "per_page": size, "current_page": number, "total_pages": pages}
    meta = orjson.dumps({"meta": {"pagination": {**pagination, "links": links}}})
    return _json(b'{"data":[', b",".join(map(_shown, found)), b"],", meta[1:])


async def v1_create(request: Request) -> Response:
    body = orjson.loads(await request.body())
    country, person = int(body.get("country_id") or 0), body["contacts"][0]
    new = NewClient(
        body["name"],
        body.get("phone", ""),
        body.get("city", ""),
        country,
        countries.name_of(country) or "",
        (person["first_name"], person["last_name"], person["email"]),
        (),
        is_unique=False,
    )
    return _json(b'{"data":', _shown(await store.create(_V1, _key(request), new)), b"}")


def _shown(found: str) -> bytes:
    """Return the client with hashed ids."""
    client: dict[str, Any] = orjson.loads(found)
    for row in (client, *client["contacts"], *client["documents"], *client["gateway_tokens"]):
        row.update({name: _hashed(row[name]) for name in _IDS if name in row and row[name] != ""})
    for document in client["documents"]:
        document["hash"] = document["hash"].rpartition("/")[2]
        document["url"] = f"{_PUBLIC_URL}/api/v1/documents/{document['id']}/download"
    return orjson.dumps(client)


async def healthy(_request: Request) -> Response:
    return _json(b"{}")


async def refused(_request: Request, error: Exception) -> Response:
    return _json(b"{}", status=error.status if isinstance(error, Refused) else 500)


app = Starlette(
    routes=[
        Route("/healthz", healthy),
        Route("/api/v1/clients", v1_list),
        Route("/api/v1/clients", v1_create, methods=["POST"]),
        Route("/api/v1/clients/{id}", v1_one),
        Route("/api/clients", legacy_list),
        Route("/api/clients", legacy_create, methods=["POST"]),
        Route("/api/clients/{id}", legacy_one),
    ],
    exception_handlers={Refused: refused},
)
