"""The processing of every request: its key, its operation in one transaction, and the answer in the dialect's form."""

import time
from collections.abc import Awaitable, Callable
from functools import partial

from sqlalchemy import Connection
from starlette.responses import Response
from starlette.types import Receive, Scope

from core.database.outages import is_row_conflict
from core.errors import KeyRefused, NodeLost
from dialects.shared.authentication import Authenticator
from dialects.shared.conditions import etag, is_unchanged
from dialects.shared.dialect import Dialect, JSONAnswer
from dialects.shared.downloads import attachment
from dialects.shared.operation import Answer, Download, Operation, Path
from dialects.shared.path_application import PathApplication
from dialects.shared.paths import ApiRequest
from dialects.shared.performing import Performed, Performer, Task
from dialects.shared.request_queries import RequestQueries, RequestQuery
from dialects.shared.services import Services
from dialects.shared.throttle import PortionUsedUp
from dialects.shared.waiting import PEER_WAITS
from dialects.shared.write_requests import WriteRequests
from schemas.errors import MethodNotAllowed


def endpoints(dialect: Dialect, services: Services) -> list[tuple[str, "Endpoint"]]:
    """Return the dialect's absolute paths with their applications."""
    return [(dialect.prefix + path.path, Endpoint(dialect, path, services)) for path in dialect.paths]


class Endpoint(PathApplication[ApiRequest]):
    """The ASGI application for one path: every method and every error, in the dialect's own form."""

    def __init__(self, dialect: Dialect, path: Path, services: Services) -> None:
        self.dialect = dialect
        self.path = path
        self._route = dialect.prefix + path.path
        self.services = services
        self._authenticator = Authenticator(dialect, services)
        self._queries = RequestQueries(dialect, path.operations.values())
        self._performer = Performer(dialect, path.operations)
        self._writes = WriteRequests(dialect, path, services, self._authenticator, self._queries, self._performer)

    def _received(self, scope: Scope, receive: Receive) -> ApiRequest:
        request = ApiRequest(scope, receive)
        if request.served is not None:
            request.served.dialect, request.served.route = self.dialect.name, self._route
        return request

    def _refused(self, request: ApiRequest, error: Exception) -> Response:
        if request.served is not None and isinstance(error, KeyRefused):
            request.served.refused = str(error)
        return self.dialect.refuse(error)  # its table ends with Exception, so every error has the dialect's form

    def _complete(self, request: ApiRequest, response: Response) -> None:
        if self.services.throttle is not None and request.actor is not None:
            for name, value in self.services.throttle.headers(request.actor.token_id).items():
                response.headers[name] = value

    async def _respond(self, request: ApiRequest) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(self.path.allowed)})
        operation = self.path.operations.get(method)
        if operation is None and not self._writes.may_be_overridden(request):
            raise MethodNotAllowed(self.path.allowed)
        answer, headers = await self._perform_or_explain(operation, request)
        if isinstance(answer, Answer) and answer.version:
            headers["ETag"] = etag(answer.version)
            if method == "GET" and is_unchanged(request.headers, answer.version):
                return Response(status_code=304, headers=headers)
        return await self._response(answer, headers)

    async def _perform_or_explain(self, operation: Operation | None, request: ApiRequest) -> Performed:
        """Perform the request. If the database failed, record a lost node, or raise that the key is no longer valid."""
        try:
            return await self._perform_within_limit(operation, request)
        except NodeLost:
            self.services.turns.lost.note(self.services.turns.keys.company_of(self.dialect.read_key(request.headers)))
            raise
        except Exception as error:
            if not is_row_conflict(error):
                raise
            # The company or the user may have been removed since the request began; then the key is no longer valid.
            key = self.dialect.read_key(request.headers)
            authenticate = partial(self._authenticator.authenticate, request, key)
            await self.services.database.read(authenticate, bounded=True)
            raise

    async def _perform_within_limit(self, operation: Operation | None, request: ApiRequest) -> Performed:
        while True:
            try:
                return await self._perform(operation, request)
            except PortionUsedUp as used_up:
                await used_up.throttle.draw(used_up.token_id)

    async def _perform(self, operation: Operation | None, request: ApiRequest) -> Performed:
        key = self.dialect.read_key(request.headers)
        if operation is None or operation.writes:
            return await self._writes.carry_out(operation, request, key)
        query = self._queries.of(operation, request)
        unit = partial(self._read, operation, request, key, query)
        # A read that waits for one company's node on the event loop would delay the answers of other nodes.
        is_alone = not self.services.database.nodes.is_distributed_register
        bounded = is_alone and isinstance(query, RequestQuery) and operation.bounded(query.query)
        source = self.services.replica or self.services.database
        turns = self.services.turns
        queues = turns.bounded if bounded else turns.other_reads
        read = partial(queues.run, turns.keys.company_of(key), partial(source.read, unit, bounded))
        performed = await read()
        if isinstance(performed[0], Answer) and performed[0].awaits is not None:
            return await self._wait_for_change(request, performed, read)
        return performed

    async def _wait_for_change(
        self, request: ApiRequest, performed: Performed, again: Callable[[], Awaitable[Performed]]
    ) -> Performed:
        """Return the answer once there is a change to show or the time is over; occupies no thread or connection."""
        change_poller, peer_waits = self.services.change_poller, request.scope.get(PEER_WAITS, _always)
        answer = performed[0]
        if change_poller is None or not isinstance(answer, Answer) or answer.awaits is None:
            return performed
        awaited, end = answer.awaits, time.monotonic() + answer.awaits.seconds
        seen = awaited.after_id
        while newest := await change_poller.changed(awaited.company_id, seen, end - time.monotonic(), peer_waits):
            performed, seen = await again(), newest
            if not isinstance(performed[0], Answer) or performed[0].awaits is None:
                break  # the change is one that this dialect shows
        return performed

    def _read(
        self,
        operation: Operation,
        request: ApiRequest,
        key: str,
        query: RequestQuery | Exception,
        connection: Connection,
    ) -> Performed:
        actor = self._authenticator.authenticate(request, key, connection)
        actor.check(operation.scope)
        if isinstance(query, Exception):
            raise query
        return self._performer.perform(Task(operation, request, query, actor), connection)

    async def _response(self, answer: Answer | Download, headers: dict[str, str]) -> Response:
        if isinstance(answer, Answer):
            return JSONAnswer(answer.content, answer.status, headers)
        return await attachment(self.services.storage, answer.document, headers)


def _always() -> bool:
    return True
