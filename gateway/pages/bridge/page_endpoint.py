"""One path of the pages: its methods, and every error as a page."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from dialects.shared.path_application import PathApplication
from dialects.shared.served import noted
from gateway.pages.bridge.forms import Form
from gateway.pages.bridge.pages import Page, html
from gateway.pages.bridge.refusals import ForeignForm, refused
from schemas.bodies import Body, Limits, read_body
from schemas.errors import MethodNotAllowed, UnknownPath

Verb = Callable[[Request], Awaitable[Response]]
Routes = Mapping[str, Mapping[str, Verb]]

SMALL = Limits(text=16 * 1024, upload=0)
"""The size limits of forms without long texts."""


class PageEndpoint(PathApplication[Request]):
    """An ASGI application for one path, given the function for each method; without any, the path does not exist.

    A `secret` path contains a key, so it must not be logged.
    """

    def __init__(
        self,
        route: str,
        verbs: Mapping[str, Verb],
        refuse: Callable[[Exception], Page] = refused,
        secret: bool = False,
    ) -> None:
        self.route = route
        self._verbs = verbs
        self._refuse = refuse
        self._secret = secret

    def _received(self, scope: Scope, receive: Receive) -> Request:
        served = noted(scope)
        if served is not None:
            served.dialect, served.route = "bridge", self.route
            served.path = self.route if self._secret else served.path
        return Request(scope, receive)

    def _refused(self, _request: Request, error: Exception) -> Response:
        return html(self._refuse(error))

    async def _respond(self, request: Request) -> Response:
        if not self._verbs:
            raise UnknownPath
        verb = self._verbs.get("GET" if request.method == "HEAD" else request.method)
        if verb is None:
            raise MethodNotAllowed([*self._verbs, *(["HEAD"] if "GET" in self._verbs else [])])
        return await verb(request)


async def form_of(request: Request, public_url: str, limits: Limits = SMALL) -> Form:
    """Return the fields of a form that was sent by a page of this origin.

    Raises `ForeignForm`, and what `read_body` raises.
    """
    check_origin(request, public_url)
    body = await read_body(request.headers, request.stream(), limits)
    await body.close()
    return fields_of(body)


def fields_of(body: Body) -> Form:
    """Return the fields of a form that was read."""
    # PostgreSQL cannot store NUL, and nobody types it.
    return {name: value.replace("\x00", "") for name, value in body.tree.items() if isinstance(value, str)}


def check_origin(request: Request, public_url: str) -> None:
    """Raise `ForeignForm` unless the request was sent by a page of this origin.

    Browsers send the origin with every POST; a request without one is not from a browser, so nobody's cookie is
    misused.
    """
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc not in {request.headers.get("host"), urlsplit(public_url).netloc}:
        raise ForeignForm
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForeignForm
