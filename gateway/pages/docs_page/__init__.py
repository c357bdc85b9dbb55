"""`/docs`: both OpenAPI documents as a page where requests can be tried with a key.

Everything that the page needs is served from here: Swagger UI from the package `swagger-ui-py`, and this folder's own
script and style. Nothing on it is inline, so the content security policy allows only this origin.
"""

from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route


def _folder_of(package: str) -> Path:
    """Return the folder of an installed package, without running its code."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


_HERE = Path(str(files("gateway.pages.docs_page")))
_SWAGGER_UI = _folder_of("swagger_ui") / "static"

_ASSETS = {
    "swagger-ui.css": _SWAGGER_UI / "swagger-ui.css",
    "swagger-ui-bundle.js": _SWAGGER_UI / "swagger-ui-bundle.js",
    "docs.css": _HERE / "docs.css",
    "docs.js": _HERE / "docs.js",
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


async def _page(_request: Request) -> Response:
    return FileResponse(_HERE / "docs.html", headers=_HEADERS)


def _asset(path: Path) -> Route:
    async def serve(_request: Request) -> Response:
        return FileResponse(
            path, headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=3600"}
        )

    return Route(f"/docs/{path.name}", serve)


ROUTES = [Route("/docs", _page), *(_asset(path) for path in _ASSETS.values())]
