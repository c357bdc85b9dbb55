"""The application: everything is wired together here."""

import asyncio
import contextlib
import gc
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import cache
from typing import Any, cast
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from core.database.database import Database
from core.database.replica import Replica
from core.documents.storage import DocumentStorage
from dialects.shared.caching import CacheHeaders
from dialects.shared.deprecation import DeprecationHeaders
from dialects.shared.dialect import Dialect, JSONAnswer
from dialects.shared.endpoint import endpoints
from dialects.shared.fair_shares import turns_for
from dialects.shared.openapi.document import openapi_document
from dialects.shared.passwords import PasswordGate
from dialects.shared.paths import Paths
from dialects.shared.served import noted
from dialects.shared.services import Services
from dialects.shared.throttle import Throttle
from dialects.shared.waiting import ChangePoller
from gateway.background.backups import ScheduledBackups
from gateway.background.housekeeping import Housekeeper
from gateway.background.rendering import RenderingBackfill
from gateway.background.schema_watch import SchemaWatch
from gateway.background.startup_migration import StartupMigration
from gateway.background.webhooks.delivering import WebhookDelivery
from gateway.enabled_dialects import dialects
from gateway.pages import docs_page, front
from gateway.server import cross_origin
from gateway.server.addresses import with_mapped
from gateway.server.lazy import LazyApplication
from gateway.server.similar_paths import SimilarPaths
from gateway.settings import Settings
from gateway.telemetry.instrumentation import Instrumentation, configure_logs
from gateway.telemetry.readiness import Readiness
from schemas.bodies import Limits
from schemas.errors import MethodNotAllowed, SimilarPathExists, UnknownPath

_SLASHES = re.compile(b"/{2,}")
_PAGES = ("/docs", "/bridge", "/healthz", "/readyz", "/metrics", "/llms.txt")
_VERBS_OF_DOCUMENTS = ("GET", "HEAD", "OPTIONS")
# How long the event loop keeps the interpreter lock while a writing thread waits for it; Python's default of 5 ms is as
# long as a commit.
_SWITCH_SECONDS = 0.001
_MAX_STANDBY_WAIT_SECONDS = 2.0  # after which the primary answers instead


def build_app(settings: Settings, more: Sequence[Dialect] = (), only: str | None = None) -> ASGIApp:
    """Return the ASGI application: the dialects over one register, with its background work in the lifespan.

    `more` are dialects to serve in addition to those of the settings. `only` is the name of the one dialect to serve;
    None means all.
    """
    enabled_dialects = [each for each in (*more, *dialects(settings)) if only in (None, each.name)]
    views = [view for dialect in enabled_dialects for view in dialect.views]
    database = Database(settings.database_url, wait_seconds=settings.database_wait_seconds, views=lambda: views)
    storage = DocumentStorage(settings.storage_url)
    limits = Limits(text=settings.max_body_bytes, upload=settings.max_upload_bytes)
    replica = open_replica(settings, database)
    instrumentation = Instrumentation(settings, database)
    throttle = Throttle(database, settings.rate_limit) if settings.rate_limit else None
    change_poller, turns = ChangePoller(database), turns_for(database.is_sqlite, database.nodes.known)
    services = Services(database, storage, limits, PasswordGate(database), replica, throttle, change_poller, turns)

    @contextlib.asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        housekeeper = Housekeeper(database, storage, settings)
        delivery = WebhookDelivery(database, settings) if settings.webhook_delivery else contextlib.nullcontext()
        backfill = RenderingBackfill(database, settings.housekeeping_seconds)
        migration = StartupMigration(database, by_hand=settings.migrate == "never")
        backups = ScheduledBackups(database, settings)
        schema_watch = SchemaWatch(database)
        async with migration, schema_watch, housekeeper, backfill, delivery, backups, instrumentation:
            gc.freeze()  # objects that the start has created stay until the end, so the collector need not scan them
            gc.enable()
            yield
        if replica is not None:
            replica.close()
        database.close()

    async def healthz(_request: object) -> Response:
        return JSONAnswer({"status": "ok"})

    readiness = Readiness(database, storage)
    similar_paths = _similar_paths(enabled_dialects)
    router = Router(
        [
            Route("/healthz", healthz),
            Route("/readyz", readiness.answer),
            Route("/metrics", instrumentation.metrics.answer),
            *docs_page.ROUTES,
            *front.routes(enabled_dialects, settings.public_url, readiness.answer),
        ],
        redirect_slashes=False,
        default=_refusing(enabled_dialects[-1], similar_paths),
        lifespan=lifespan,
    )
    branches = [(each.prefix + "/", _router(each, services, settings, similar_paths)) for each in enabled_dialects]
    pages = [
        ("/bridge/", _uncached(lambda: _bridge(services, settings, enabled_dialects))),
        ("/client/", _uncached(lambda: _contact_pages(services))),
    ]
    return _with_proxies(
        settings.trusted_proxies, instrumentation.around(_PrefixRouter([*branches, *pages], CacheHeaders(router)))
    )


def _with_proxies(proxies: str, application: ASGIApp) -> ASGIApp:
    """Return the application with the callers' addresses that these proxies forward; unchanged if there are none."""
    return (
        cast(ASGIApp, ProxyHeadersMiddleware(cast(Any, application), with_mapped(proxies))) if proxies else application
    )


def open_replica(settings: Settings, database: Database) -> Replica | None:
    """Return the replica of the settings, None if they have none. Raises `ValueError` if the register can have none."""
    url = settings.database_replica_url
    if not url:
        return None
    seconds = min(settings.database_wait_seconds, _MAX_STANDBY_WAIT_SECONDS)
    standby = Database(url, wait_seconds=seconds, takes_writes=False)
    return Replica(database, standby, alone=settings.database_replica_alone)


def create() -> ASGIApp:
    """Return the application with settings from the environment, for `uvicorn --factory gateway.app:create`."""
    settings = Settings()
    sys.setswitchinterval(_SWITCH_SECONDS)
    configure_logs(settings)
    return build_app(settings)


def _uncached(make_page: Callable[[], ASGIApp]) -> ASGIApp:
    return CacheHeaders(LazyApplication(make_page), "no-store", vary=())


def _bridge(services: Services, settings: Settings, enabled_dialects: Sequence[Dialect]) -> ASGIApp:
    from gateway.pages.bridge.routes import bridge  # imported late: it takes a twentieth of the start

    return bridge(services, settings, enabled_dialects)


def _contact_pages(services: Services) -> ASGIApp:
    from gateway.pages.bridge.contacts import ContactPages  # likewise

    return ContactPages(services).application()


def _similar_paths(enabled_dialects: Sequence[Dialect]) -> SimilarPaths:
    own = [each.prefix + path.path for each in enabled_dialects for path in each.paths]
    documents = [f"{each.prefix}/openapi.json" for each in enabled_dialects if each.reference]
    return SimilarPaths([*own, *documents, *_PAGES], [each.prefix for each in enabled_dialects])


def _router(dialect: Dialect, services: Services, settings: Settings, similar_paths: SimilarPaths) -> ASGIApp:
    about = [_documentation(dialect, settings)] if dialect.reference else []
    rest = Router(about, redirect_slashes=False, default=_refusing(dialect, similar_paths, dialect.name))
    paths = Paths(endpoints(dialect, services), rest)
    deprecated = DeprecationHeaders(paths, dialect.deprecation) if dialect.deprecation is not None else paths
    return CacheHeaders(cross_origin.allow_origins(settings.cors_origins, deprecated))


def _documentation(dialect: Dialect, settings: Settings) -> Route:
    @cache
    def document() -> Response:
        return JSONAnswer(openapi_document(dialect, settings.public_url))

    async def show(_request: object) -> Response:
        # Built for the first request, on a thread, because describing /api/v1 takes longer than building everything
        # else.
        return await asyncio.to_thread(document)

    return Route(f"{dialect.prefix}/openapi.json", _ReadOnly(dialect, show))


class _ReadOnly:
    """An ASGI application that answers GET and HEAD by a function, and other methods as the dialect does."""

    def __init__(self, dialect: Dialect, show: Callable[[Request], Awaitable[Response]]) -> None:
        self._dialect = dialect
        self._show = show

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["method"] in ("GET", "HEAD"):
            answer = await self._show(Request(scope, receive))
        elif scope["method"] == "OPTIONS":
            answer = Response(status_code=204, headers={"Allow": ", ".join(_VERBS_OF_DOCUMENTS)})
        else:
            answer = self._dialect.refuse(MethodNotAllowed(_VERBS_OF_DOCUMENTS))
        await answer(scope, receive, send)


def _refusing(dialect: Dialect, similar_paths: SimilarPaths, observed: str = "") -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if (served := noted(scope)) is not None:
            served.dialect = observed
        if scope["type"] == "http":  # the server closes websockets
            meant = similar_paths.of(scope["path"])
            await dialect.refuse(SimilarPathExists(meant) if meant else UnknownPath())(scope, receive, send)

    return answer


class _PrefixRouter:
    """The first step of routing: passes a request to the first application whose prefix it has.

    Empty segments of a path are removed, so `/api//clients/` means the same as `/api/clients`. A redirect would lose
    the body of a POST, and base URLs that end with a slash are common.
    """

    def __init__(self, branches: Sequence[tuple[str, ASGIApp]], rest: ASGIApp) -> None:
        self._branches = branches
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on (ASGI)."""
        chosen = self._rest
        if scope["type"] != "lifespan":
            path = scope["path"]
            if "//" in path or (path.endswith("/") and path != "/"):
                path = _without_empty_segments(scope)
                scope = dict(scope, path=path)
            named = path + "/"
            chosen = next((branch for prefix, branch in self._branches if named.startswith(prefix)), chosen)
        await chosen(scope, receive, send)


def _without_empty_segments(scope: Scope) -> str:
    # An encoded slash is not a separator, so empty segments are removed before decoding.
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    return unquote(_SLASHES.sub(b"/", raw)).rstrip("/") or "/"
