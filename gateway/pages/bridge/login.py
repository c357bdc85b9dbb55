"""Signing in and out.

An email is unique in its company only, so the form also has a field for the company if there are several. Every
attempt checks one password, whether or not the company or user exists, and attempts take turns, so that each is counted
before the next one, and guessing uses at most one processor.
"""

import asyncio
import re

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.access import logins, sessions
from core.access.keys import check_password
from core.access.logins import Attempt
from core.database.database import Database
from core.errors import TooManyGuesses, Unavailable, WrongPassword
from core.text.clock import SECOND
from dialects.shared.callers import address_of
from gateway.pages.bridge.member_pages import COOKIE
from gateway.pages.bridge.page_endpoint import form_of
from gateway.pages.bridge.pages import Page, html
from gateway.settings import Settings

_MAX_WAITING = 32
_MAX_LENGTH = 1024  # characters of a field
_HOME = "/bridge"
_NEXT_PATH = re.compile(r"/bridge([/?][!-\[\]-~]*)?")

_WRONG = "The company, email or password is wrong. Please check them and try again."
_TOO_MANY = "There were too many attempts. Please wait {seconds} seconds before the next one."


class Login:
    """The methods of `/bridge/login` and `/bridge/logout`."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._public_url = settings.public_url
        # TLS ends before the gateway, so with https there is a proxy, and all requests come from its address.
        self._is_shared = settings.public_url.startswith("https:") and not settings.trusted_proxies
        self._lifetime = int(settings.session_hours * 3600)
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def ask(self, request: Request) -> Response:
        """Return the form."""
        query = request.query_params
        notes = {"ended": "Your session has ended. Please sign in again.", "left": "You have signed out."}
        values = {
            "note": next((words for name, words in notes.items() if name in query), ""),
            "company": query.get("company", ""),
            "next": _safe(query.get("next", "")),
        }
        return await self._form(values)

    async def sign_in(self, request: Request) -> Response:
        """Begin a session, or return the form with an error."""
        form = await form_of(request, self._public_url)
        known = {name: form.get(name, "").strip()[:_MAX_LENGTH] for name in ("company", "email")}
        back = _safe(form.get("next", ""))
        company = await self._database.read(logins.only_company) or known["company"]
        attempt = Attempt(company, known["email"], address_of(request), self._is_shared)
        try:
            secret = await self._checked(attempt, form.get("password", "")[:_MAX_LENGTH])
        except TooManyGuesses as error:
            values = {**known, "next": back, "error": _TOO_MANY.format(seconds=error.seconds)}
            return await self._form(values, 429, {"Retry-After": str(error.seconds)})
        except WrongPassword:
            return await self._form({**known, "next": back, "error": _WRONG}, 401)
        await self._end(request)
        response = RedirectResponse(back, 303, {"Cache-Control": "no-store"})
        self._set_cookie(response, secret, self._lifetime)
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session in the browser and in the register."""
        await form_of(request, self._public_url)
        await self._end(request)
        response = RedirectResponse("/bridge/login?left=yes", 303, {"Cache-Control": "no-store"})
        self._set_cookie(response, "", 0)
        return response

    async def _checked(self, attempt: Attempt, password: str) -> str:
        # A caller who must wait gets an error at once; the decisive check is made when it is this attempt's turn.
        await self._database.read(lambda connection: logins.find_credentials(connection, attempt))
        if self._waiting >= _MAX_WAITING:
            raise Unavailable("too many sign-ins at once")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._in_turn(attempt, password)
        finally:
            self._waiting -= 1

    async def _in_turn(self, attempt: Attempt, password: str) -> str:
        known = await self._database.read(lambda connection: logins.find_credentials(connection, attempt))
        try:
            await asyncio.to_thread(check_password, known.password_hash, password)
        except WrongPassword:
            await self._database.write(lambda connection: logins.count_wrong(connection, attempt))
            raise

        def unit(connection: Connection) -> str:
            logins.reset_wrong(connection, attempt)
            return sessions.begin(connection, known, self._lifetime * SECOND)

        return await self._database.write(unit)

    async def _end(self, request: Request) -> None:
        secret = request.cookies.get(COOKIE)
        if secret:
            await self._database.write(lambda connection: sessions.end(connection, secret))

    async def _form(self, values: dict[str, str], status: int = 200, headers: dict[str, str] | None = None) -> Response:
        several = not await self._database.read(logins.only_company)
        blank = {"note": "", "error": "", "email": "", "company": "", "next": _HOME}
        return html(Page("login.html", blank | values | {"asks_company": several}, status, headers or {}))

    def _set_cookie(self, response: Response, secret: str, seconds: int) -> None:
        secure = self._public_url.startswith("https:")
        response.set_cookie(COOKIE, secret, max_age=seconds, path=_HOME, secure=secure, httponly=True, samesite="lax")


def _safe(path: str) -> str:
    """Return the path to go to after signing in, which is always one of these pages."""
    return path if _NEXT_PATH.fullmatch(path) and not path.startswith("/bridge/login") else _HOME
