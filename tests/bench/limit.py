"""LIMIT: the upper bound for Starlette, which answers every request with stored bytes."""

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ONE, PAGE = "one", "page"


def answer_of(prefix: str, kind: str) -> str:
    """Return the name of the file that holds an answer."""
    return f"{prefix.strip('/').replace('/', '-')}.{kind}"


def _route(path: str, body: bytes) -> Route:
    async def answer(_request: Request) -> Response:
        return Response(body, media_type="application/json")

    return Route(path, answer)


def _routes(folder: Path) -> list[Route]:
    routes = [_route("/healthz", b"{}")]
    for prefix in ("/api/v1", "/api"):
        routes.append(_route(f"{prefix}/clients", (folder / answer_of(prefix, PAGE)).read_bytes()))
        routes.append(_route(f"{prefix}/clients/{{id}}", (folder / answer_of(prefix, ONE)).read_bytes()))
    return routes


def build() -> Starlette:
    """Return the application, which answers with the files of the folder LIMIT_ANSWERS."""
    return Starlette(routes=_routes(Path(os.environ["LIMIT_ANSWERS"])))
