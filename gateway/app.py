"""The one place where everything is wired together."""

import contextlib
from collections.abc import AsyncIterator, Sequence

from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from core.database import Database
from core.storage import DocumentStorage
from dialects.legacy import routes as legacy
from dialects.shared.dialect import Dialect, JSONAnswer
from dialects.shared.document import openapi_document
from dialects.shared.endpoint import Services, routes
from dialects.v1 import routes as v1
from gateway import docs_page
from gateway.housekeeping import Housekeeper
from gateway.opening import Opening
from gateway.readiness import Readiness
from gateway.settings import Settings
from schemas.bodies import Limits
from schemas.errors import UnknownPath


def dialects(settings: Settings) -> list[Dialect]:
    """The dialects served, the longest prefix first."""
    return [v1.build(settings.hash_salt, settings.hash_length, settings.public_url), legacy.DIALECT]


def build_app(settings: Settings, more: Sequence[Dialect] = ()) -> ASGIApp:
    """The ASGI application: the dialects over one register, with its background work in the lifespan."""
    database = Database(settings.database_url, wait_seconds=settings.database_wait_seconds)
    storage = DocumentStorage(settings.storage_url)
    limits = Limits(text=settings.max_body_bytes, upload=settings.max_upload_bytes)
    services = Services(database, storage, limits)
    spoken = [*more, *dialects(settings)]

    @contextlib.asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        async with Opening(database), Housekeeper(database, storage, settings):
            yield
        database.close()

    async def healthz(_request: object) -> Response:
        return JSONAnswer({"status": "ok"})

    router = Router(
        [
            Route("/healthz", healthz),
            Route("/readyz", Readiness(database, storage).answer),
            *docs_page.ROUTES,
            *(_documentation(each, settings) for each in spoken if each.reference),
            *(route for each in spoken for route in routes(each, services)),
        ],
        redirect_slashes=False,
        default=_nothing_here(spoken),
        lifespan=lifespan,
    )
    return _without_trailing_slash(router)


def create() -> ASGIApp:
    """The application with settings from the environment: what `uvicorn --factory gateway.app:create` runs."""
    return build_app(Settings())


def _documentation(dialect: Dialect, settings: Settings) -> Route:
    document = JSONAnswer(openapi_document(dialect, settings.public_url))

    async def show(_request: object) -> Response:
        return document

    return Route(f"{dialect.prefix}/openapi.json", show)


def _nothing_here(spoken: list[Dialect]) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # websockets are closed by the server
        path = scope["path"] + "/"
        nearest = next((each for each in spoken if path.startswith(each.prefix + "/")), spoken[-1])
        await nearest.refuse(UnknownPath())(scope, receive, send)

    return answer


def _without_trailing_slash(app: ASGIApp) -> ASGIApp:
    # A redirect would lose the body of a POST, so a trailing slash simply names the same resource.
    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != "/":
            scope = dict(scope, path=scope["path"].rstrip("/"))
        await app(scope, receive, send)

    return handle
