"""The page that a contact's link opens: its client, and the documents marked public.

The address contains the contact's key, so it is never logged or sent to other sites. A visit counts as a login. The
first one in an hour is recorded; if that fails, the page is shown anyway.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from core.clients import portal
from core.errors import NotFound, RegisterError
from dialects.shared.downloads import attachment
from dialects.shared.paths import Paths
from dialects.shared.services import Services
from gateway.pages.bridge.numbers import number
from gateway.pages.bridge.page_endpoint import PageEndpoint, Verb
from gateway.pages.bridge.pages import Page, html
from gateway.pages.bridge.refusals import OF_CONTACTS, refused

log = logging.getLogger(__name__)

T = TypeVar("T")

_AT_ONCE = 2
_PRIVATE = {"Referrer-Policy": "no-referrer"}


class ContactPages:
    """The pages below `/client/`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def application(self) -> ASGIApp:
        """Return the paths with their applications."""
        page, document = "/client/key_login/{key}", "/client/key_login/{key}/documents/{id}"
        endpoints = {
            page: self._endpoint(page, {"GET": self.show}),
            document: self._endpoint(document, {"GET": self.download}),
        }
        return Paths(endpoints.items(), self._endpoint("/client", {}))

    def _endpoint(self, route: str, verbs: Mapping[str, Verb]) -> PageEndpoint:
        return PageEndpoint(route, verbs, _refused, secret=True)

    async def show(self, request: Request) -> Response:
        """Return the contact's page."""
        key = _key(request)
        guest = await self._read(partial(portal.guest, contact_key=key))
        if guest.is_login and request.method == "GET":
            await self._note_login(key)
        return html(Page("contact.html", {"guest": guest, "key": key}, headers=_PRIVATE))

    async def download(self, request: Request) -> Response:
        """Return the bytes of a public document."""
        wanted = number(request.path_params["id"])
        document = await self._read(partial(portal.document, contact_key=_key(request), document_id=wanted))
        return await attachment(self._services.storage, document, _PRIVATE)

    async def _read(self, unit: Callable[[Connection], T]) -> T:
        async with self._turns:
            return await (self._services.replica or self._services.database).read(unit)

    async def _note_login(self, key: str) -> None:
        try:
            await self._services.database.write(partial(portal.record_login, contact_key=key))
        except RegisterError as error:  # the register is away or full, or the contact has just lost its access
            log.warning("a contact's login was not recorded: %s", type(error).__name__)


def _key(request: Request) -> str:
    key = str(request.path_params["key"])
    if not (key.isascii() and key.isalnum()):
        raise NotFound("contact")
    return key


def _refused(error: Exception) -> Page:
    page = refused(error, OF_CONTACTS)
    return Page(page.template, page.values, page.status, {**page.headers, **_PRIVATE})
