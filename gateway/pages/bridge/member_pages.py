"""Serves signed-in members: identifies them, and does the work of a page in one transaction off the event loop.

Only a few pages are processed at once, so that most threads remain for the dialects.
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
from core.database.company_nodes import CompanyNodes
from core.documents import uploads
from core.errors import RecordDeleted, Rejected, Unauthenticated, Unavailable
from core.query import Record
from dialects.shared.downloads import attachment
from dialects.shared.services import Services
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

    `errors` are the messages for invalid fields of the form, where it is shown again.
    """

    connection: Connection
    member: Member
    path_ids: Mapping[str, str]
    query: QueryParams
    form: Form = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def id(self, name: str = "id") -> int:
        """Return the id in the path. Raises `NotFound` if the text there is not an id."""
        return number(self.path_ids[name])

    @property
    def shown_form(self) -> FormShown:
        """Return the form as the page is to show it."""
        return FormShown(self.form, self.errors)


Show = Callable[[PageRequest], Page]
Act = Callable[[PageRequest], str | Page]


class MemberPages:
    """Makes methods of paths from the functions of pages."""

    def __init__(self, services: Services, settings: Settings) -> None:
        self._services = services
        self._settings = settings
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def page(self, work: Show, needs: Permission = Permission.SEE_CLIENTS) -> Verb:
        """Return a GET for members whose role allows it. Others are redirected to sign in first."""

        async def verb(request: Request) -> Response:
            try:
                return await answered(await self.read(request, _with_member(work), needs))
            except Unauthenticated:
                return _to_login(request)

        return verb

    def download(self, work: Callable[[PageRequest], Record], needs: Permission = Permission.SEE_CLIENTS) -> Verb:
        """Return a GET that sends the bytes of a document."""

        async def verb(request: Request) -> Response:
            try:
                document = await self.read(request, work, needs)
            except Unauthenticated:
                return _to_login(request)
            return await attachment(self._services.storage, document, {})

        return verb

    def form_page(
        self, show: Show, act: Act, needs: Permission, limits: Limits = SMALL, discards_documents: bool = False
    ) -> Mapping[str, Verb]:
        """Return both methods of a page with a form: to show it, and to act on it or show it again with errors."""
        return {"GET": self.page(show, needs), "POST": self.action(act, needs, show, limits, discards_documents)}

    def action(
        self,
        act: Act,
        needs: Permission,
        again: Show | None = None,
        limits: Limits = SMALL,
        discards_documents: bool = False,
    ) -> Verb:
        """Return a POST for members whose role allows it; `act` returns the path of the next page, or a page.

        If values of the form are invalid, nothing is changed, and `again` shows it as it was sent. If the session has
        ended, the client is deleted or the register is away, the same form can be sent again.
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
                with suppress(Unavailable):  # the housekeeper sweeps them later
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
        """Return what the work of a signed-in member reads. Raises `Unauthenticated` and `NotPermitted`."""
        async with self._turns:
            reader, nodes = self._services.replica or self._services.database, self._services.database.nodes
            return await reader.read(
                lambda connection: work(_page_request(connection, nodes, request, needs, form, errors))
            )

    async def write(self, request: Request, form: Form, work: Callable[[PageRequest], T], needs: Permission) -> T:
        """Return the result of work that changes something. Raises `Unauthenticated` and `NotPermitted`."""
        database = self._services.database
        return await database.write(
            lambda connection: work(_page_request(connection, database.nodes, request, needs, form))
        )


async def answered(done: str | Page) -> Response:
    """Return the response to a sent form: a page, or a redirect to the next one."""
    if isinstance(done, Page):
        return await asyncio.to_thread(html, done)  # rendering a client's form takes long
    return RedirectResponse(done, 303, {"Cache-Control": "no-store"})


def _page_request(
    connection: Connection,
    nodes: CompanyNodes,
    request: Request,
    needs: Permission,
    form: Form,
    errors: Mapping[str, str] = NO_FORM,
) -> PageRequest:
    # In the transaction of the work, so that a permission that was just withdrawn is no longer used.
    member = sessions.find_member(connection, request.cookies.get(COOKIE, ""))
    member.check(needs)
    nodes.check(connection, member.company_id)
    return PageRequest(connection, member, request.path_params, request.query_params, form, errors)


def _with_member(work: Callable[[PageRequest], R]) -> Callable[[PageRequest], R]:
    """Return the same work, whose page knows the member."""

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
