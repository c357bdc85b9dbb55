"""Serves who is signed in: finds out who asks, and does the work of a page in one transaction off the event loop.

Few pages are worked on at once, so that however many are asked for, the dialects keep most threads for themselves.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.access import sessions
from core.access.sessions import Member
from core.documents import uploads
from core.errors import Unauthenticated, Unavailable
from core.query import Record
from dialects.shared.downloads import attachment
from dialects.shared.endpoint import Services
from gateway.pages.bridge.numbers import number
from gateway.pages.bridge.page_endpoint import SMALL, Form, Verb, form_of
from gateway.pages.bridge.pages import Page, html
from gateway.pages.bridge.refusals import Unsent, refused
from gateway.settings import Settings
from schemas.bodies import Limits

T = TypeVar("T")
Shown = TypeVar("Shown", Page, str, Page | str)

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
            return html(_of_member(page_request, work(page_request)))

        async def verb(request: Request) -> Response:
            try:
                return await self.read(request, shown)
            except Unauthenticated:
                return _to_login(request)

        return verb

    def sends(self, work: Callable[[PageRequest], Record]) -> Verb:
        """The bytes of a document."""

        async def verb(request: Request) -> Response:
            try:
                document = await self.read(request, work)
            except Unauthenticated:
                return _to_login(request)
            return await attachment(self._services.storage, document, {})

        return verb

    def does(
        self, work: Callable[[PageRequest], Page | str], limits: Limits = SMALL, discards_documents: bool = False
    ) -> Verb:
        """A change; `work` returns the path of the page to go on with, or a page that says why there is none.

        Whoever is not signed in any more, or meets a register that is away, can send the same form again.
        """

        async def verb(request: Request) -> Response:
            form = await form_of(request, self._settings.public_url, limits)

            def unit(connection: Connection) -> Page | str:
                page_request = page_request_of(connection, request, form)
                return _of_member(page_request, work(page_request))

            try:
                outcome = await self._services.database.write(unit)
            except (Unauthenticated, Unavailable) as error:
                return html(refused(error, unsent=Unsent(request.url.path, form)))
            if discards_documents:
                with suppress(Unavailable):  # then the housekeeper sweeps them later
                    await uploads.sweep(self._services.database, self._services.storage)
            return await answered(outcome)

        return verb

    async def read(self, request: Request, work: Callable[[PageRequest], T]) -> T:
        """What some work finds that changes nothing. Raises `Unauthenticated`."""
        async with self._turns:
            reader = self._services.replica or self._services.database
            return await reader.read(lambda connection: work(page_request_of(connection, request, {})))


def page_request_of(connection: Connection, request: Request, form: Form) -> PageRequest:
    """A request, inside a transaction. Raises `Unauthenticated`."""
    member = sessions.member(connection, request.cookies.get(COOKIE, ""))
    return PageRequest(connection, member, request.path_params, request.query_params, form)


async def answered(outcome: Page | str) -> Response:
    """What a browser gets that has sent a form: a page, or the path at which to go on."""
    return RedirectResponse(outcome, 303) if isinstance(outcome, str) else await asyncio.to_thread(html, outcome)


def _of_member(page_request: PageRequest, outcome: Shown) -> Shown:
    """A page that says whose it is; a path as it is."""
    if isinstance(outcome, str):
        return outcome
    return replace(outcome, values={"member": page_request.member, **outcome.values})


def _to_login(request: Request) -> Response:
    back = {"next": request.url.path + (f"?{request.url.query}" if request.url.query else "")}
    ended = {"ended": "yes"} if COOKIE in request.cookies else {}
    return RedirectResponse(f"/bridge/login?{urlencode(back | ended)}", 303, {"Cache-Control": "no-store"})
