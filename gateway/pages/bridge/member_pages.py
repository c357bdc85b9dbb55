"""Serves who is signed in: finds out who asks, and does the work of a page in one transaction off the event loop.

Few pages are worked on at once, so that however many are asked for, the dialects keep most threads for themselves.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.access import sessions
from core.access.sessions import Member
from core.errors import Unauthenticated
from core.query import Record
from dialects.shared.downloads import attachment
from dialects.shared.endpoint import Services
from gateway.pages.bridge.numbers import number
from gateway.pages.bridge.page_endpoint import Form, Verb, form_of
from gateway.pages.bridge.pages import Page, html
from gateway.settings import Settings

T = TypeVar("T")

COOKIE = "bridge_session"
_AT_ONCE = 2


@dataclass(frozen=True)
class PageRequest:
    """One request of a member, inside its transaction."""

    connection: Connection
    member: Member
    path_ids: Mapping[str, str]
    query: QueryParams
    form: Form = field(default_factory=dict)

    def id(self) -> int:
        """The id in the path. Raises `NotFound` if the text there is none."""
        return number(self.path_ids["id"])


class MemberPages:
    """Makes verbs of what pages do."""

    def __init__(self, services: Services, settings: Settings) -> None:
        self._services = services
        self._settings = settings
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def shows(self, work: Callable[[PageRequest], Page]) -> Verb:
        """A page. Whoever is not signed in is asked to, and comes back to it."""

        def shown(page_request: PageRequest) -> Response:
            page = work(page_request)
            return html(replace(page, values={"member": page_request.member, **page.values}))

        async def verb(request: Request) -> Response:
            try:
                return await self._read(request, shown)
            except Unauthenticated:
                return _to_login(request)

        return verb

    def sends(self, work: Callable[[PageRequest], Record]) -> Verb:
        """The bytes of a document."""

        async def verb(request: Request) -> Response:
            try:
                document = await self._read(request, work)
            except Unauthenticated:
                return _to_login(request)
            return await attachment(self._services.storage, document, {})

        return verb

    def does(self, work: Callable[[PageRequest], str]) -> Verb:
        """A change; `work` returns the path of the page to go on with."""

        async def verb(request: Request) -> Response:
            form = await form_of(request, self._settings.public_url)

            def unit(connection: Connection) -> str:
                return work(_page_request(connection, request, form))

            return RedirectResponse(await self._services.database.write(unit), 303)

        return verb

    async def _read(self, request: Request, work: Callable[[PageRequest], T]) -> T:
        async with self._turns:
            reader = self._services.replica or self._services.database
            return await reader.read(lambda connection: work(_page_request(connection, request, {})))


def _page_request(connection: Connection, request: Request, form: Form) -> PageRequest:
    member = sessions.member(connection, request.cookies.get(COOKIE, ""))
    return PageRequest(connection, member, request.path_params, request.query_params, form)


def _to_login(request: Request) -> Response:
    back = {"next": request.url.path + (f"?{request.url.query}" if request.url.query else "")}
    ended = {"ended": "yes"} if COOKIE in request.cookies else {}
    return RedirectResponse(f"/bridge/login?{urlencode(back | ended)}", 303, {"Cache-Control": "no-store"})
