"""Serves who is signed in: finds out who asks, and does the work of a page in one transaction off the event loop.

Few pages are worked on at once, so that however many are asked for, the dialects keep most threads for themselves.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.access import sessions
from core.access.roles import Permission
from core.access.sessions import Member
from core.documents import uploads
from core.errors import RecordDeleted, Rejected, Unauthenticated, Unavailable
from core.query import Record
from dialects.shared.downloads import attachment
from dialects.shared.endpoint import Services
from gateway.pages.bridge.forms import Form, FormRefused, FormShown, errors_of
from gateway.pages.bridge.numbers import number
from gateway.pages.bridge.page_endpoint import SMALL, Verb, form_of
from gateway.pages.bridge.pages import Page, html
from gateway.pages.bridge.refusals import Unsent, refused
from gateway.settings import Settings
from schemas.bodies import Limits

T = TypeVar("T")
R = TypeVar("R", bound=str | Page)

COOKIE = "bridge_session"
NO_FORM: Form = MappingProxyType({})
_AT_ONCE = 2


@dataclass(frozen=True)
class PageRequest:
    """One request of a member, inside its transaction.

    `errors` are what was wrong with the form, a sentence for each field, where it is shown again.
    """

    connection: Connection
    member: Member
    path_ids: Mapping[str, str]
    query: QueryParams
    form: Form = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def id(self, name: str = "id") -> int:
        """Return the id in the path. Raises `NotFound` if the text there is none."""
        return number(self.path_ids[name])

    @property
    def shown_form(self) -> FormShown:
        """The form as the page is to show it."""
        return FormShown(self.form, self.errors)


Show = Callable[[PageRequest], Page]
Act = Callable[[PageRequest], str | Page]


class MemberPages:
    """Makes verbs of what pages do."""

    def __init__(self, services: Services, settings: Settings) -> None:
        self._services = services
        self._settings = settings
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def shows(self, work: Show, needs: Permission = Permission.SEE_CLIENTS) -> Verb:
        """Return a page for those whose role allows it. Whoever is not signed in is asked to, and comes back to it."""

        async def verb(request: Request) -> Response:
            try:
                return await answered(await self.read(request, _with_member(work), needs))
            except Unauthenticated:
                return _to_login(request)

        return verb

    def sends(self, work: Callable[[PageRequest], Record], needs: Permission = Permission.SEE_CLIENTS) -> Verb:
        """Return the bytes of a document."""

        async def verb(request: Request) -> Response:
            try:
                document = await self.read(request, work, needs)
            except Unauthenticated:
                return _to_login(request)
            return await attachment(self._services.storage, document, {})

        return verb

    def asks(
        self, show: Show, act: Act, needs: Permission, limits: Limits = SMALL, discards_documents: bool = False
    ) -> Mapping[str, Verb]:
        """Both verbs of a page with a form: to show it, and to do what it says or show it again with what is wrong."""
        return {"GET": self.shows(show, needs), "POST": self.does(act, needs, show, limits, discards_documents)}

    def does(
        self,
        act: Act,
        needs: Permission,
        again: Show | None = None,
        limits: Limits = SMALL,
        discards_documents: bool = False,
    ) -> Verb:
        """Return a change by those whose role allows it; `act` returns the path of the page to go on with, or a page.

        Where values of the form do not fit, nothing is changed, and `again` shows it as it was sent. Whoever is not
        signed in any more, or meets a deleted client or a register that is away, can send the same form again.
        """

        async def verb(request: Request) -> Response:
            form = await form_of(request, self._settings.public_url, limits)
            try:
                done = await self.write(request, form, _with_member(act), needs)
            except (FormRefused, Rejected) as error:
                if again is None:
                    raise
                page = await self.read(request, _with_member(again), needs, form, errors_of(error))
                return html(replace(page, status=422))
            except (RecordDeleted, Unauthenticated, Unavailable) as error:
                return html(refused(error, unsent=Unsent(request.url.path, form)))
            if discards_documents:
                with suppress(Unavailable):  # then the housekeeper deletes them
                    await uploads.sweep(self._services.database, self._services.storage)
            return await answered(done)

        return verb

    async def read(
        self,
        request: Request,
        work: Callable[[PageRequest], T],
        needs: Permission,
        form: Form = NO_FORM,
        errors: Mapping[str, str] = NO_FORM,
    ) -> T:
        """Return what work on behalf of whoever is signed in reads. Raises `Unauthenticated` and `NotPermitted`."""
        async with self._turns:
            reader = self._services.replica or self._services.database
            return await reader.read(lambda connection: work(_page_request(connection, request, needs, form, errors)))

    async def write(self, request: Request, form: Form, work: Callable[[PageRequest], T], needs: Permission) -> T:
        """Return what work that changes something returns. Raises `Unauthenticated` and `NotPermitted`."""
        return await self._services.database.write(
            lambda connection: work(_page_request(connection, request, needs, form))
        )


async def answered(done: str | Page) -> Response:
    """Return what a browser gets that has sent a form: a page, or the path of the one to go on with."""
    if isinstance(done, Page):
        return await asyncio.to_thread(html, done)  # a client's form is a long page
    return RedirectResponse(done, 303, {"Cache-Control": "no-store"})


def _page_request(
    connection: Connection,
    request: Request,
    needs: Permission,
    form: Form,
    errors: Mapping[str, str] = NO_FORM,
) -> PageRequest:
    # In the transaction of the work, so that what was taken from a member is not done any more.
    member = sessions.find_member(connection, request.cookies.get(COOKIE, ""))
    member.check(needs)
    return PageRequest(connection, member, request.path_params, request.query_params, form, errors)


def _with_member(work: Callable[[PageRequest], R]) -> Callable[[PageRequest], R]:
    """Return the same work; a page of it knows who looks at it."""

    def done(page_request: PageRequest) -> R:
        result = work(page_request)
        if isinstance(result, Page):
            return replace(result, values={"member": page_request.member, **result.values})
        return result

    return done


def _to_login(request: Request) -> Response:
    back = {"next": request.url.path + (f"?{request.url.query}" if request.url.query else "")}
    ended = {"ended": "yes"} if COOKIE in request.cookies else {}
    return RedirectResponse(f"/bridge/login?{urlencode(back | ended)}", 303, {"Cache-Control": "no-store"})
