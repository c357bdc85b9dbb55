"""`/metrics`: who may read it, and what it shows.

A caller must send GATEWAY_METRICS_TOKEN as a bearer token (RFC 6750, section 2.1); without that setting the page is
closed. The caller's address proves nothing, because a proxy on this machine may forward requests of strangers without
saying so in a header.
"""

import asyncio
import secrets
import time
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from core.access import companies
from core.database.database import Database
from core.errors import Unavailable
from core.operations import backlogs
from core.operations.backlogs import Backlog
from dialects.shared.dialect import JSONAnswer
from gateway.telemetry.metrics.company_traffic import shown
from gateway.telemetry.metrics.sharing import Sharing

_FRESH_SECONDS = 1.0  # for figures from the database
_TIMEOUT_SECONDS = 5.0
_OTHERS = "other"  # not the id of a company
_CLOSED = "Metrics are closed: set GATEWAY_METRICS_TOKEN, and send it as a bearer token."


class MetricsPage:
    """Answers scrapes, also while the database is away, which it then reports."""

    def __init__(self, database: Database, sharing: Sharing, token: str | None, companies: int = 0) -> None:
        self._database = database
        self._sharing = sharing
        self._token = token
        self._companies = companies
        self._names: Mapping[int, str] = {}
        self._turn = asyncio.Lock()
        self._backlogs: Mapping[str, Backlog] | None = None
        self._fresh_until = 0.0

    async def answer(self, request: Request) -> Response:
        """Return the response to a scrape."""
        if not self._token:
            return JSONAnswer({"message": _CLOSED}, 403)
        if not _is_bearer(request, self._token):
            how = "Send GATEWAY_METRICS_TOKEN as a bearer token."
            return JSONAnswer({"message": how}, 401, {"WWW-Authenticate": "Bearer"})
        measured = await self._read_backlogs()
        text, content_type = await asyncio.to_thread(
            self._text, self._sharing.own(), measured, request.headers.get("accept", "")
        )
        return Response(text, headers={"Content-Type": content_type})

    async def _read_backlogs(self) -> Mapping[str, Backlog] | None:
        async with self._turn:
            if time.monotonic() >= self._fresh_until:
                try:
                    self._backlogs = await asyncio.wait_for(self._database.read(backlogs.measure), _TIMEOUT_SECONDS)
                    if self._companies:
                        self._names = await asyncio.wait_for(
                            self._database.read(companies.names_by_id), _TIMEOUT_SECONDS
                        )
                except (Unavailable, TimeoutError):
                    self._backlogs = None
                self._fresh_until = time.monotonic() + _FRESH_SECONDS
            return self._backlogs

    def _text(self, own: bytes, measured: Mapping[str, Backlog] | None, accept: str) -> tuple[bytes, str]:
        from gateway.telemetry.metrics.families import Figures, exposition

        engine = "sqlite" if self._database.is_sqlite else "postgresql"
        workers = list(self._sharing.all(own))
        found = shown((each.companies for each in workers), self._companies)
        by_company = {
            (str(company_id or _OTHERS), self._names.get(company_id, "")): numbers
            for company_id, numbers in found.items()
        }
        return exposition(Figures(workers, measured, engine, by_company), accept)


def _is_bearer(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and secrets.compare_digest(given.encode(), token.encode())
