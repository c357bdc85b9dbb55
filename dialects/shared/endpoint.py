"""The path of every request: key, body, operation, password, uploads, one transaction, answer."""

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

import orjson
from sqlalchemy import Connection
from starlette.responses import Response
from starlette.types import Receive, Scope

from core.access import idempotency, keys
from core.access.idempotency import Attempt, StoredAnswer
from core.access.keys import Actor, LimitedKey
from core.database.database import Database
from core.database.outages import is_row_conflict
from core.database.replica import Replica
from core.documents import uploads
from core.documents.documents import StoredFile
from core.documents.storage import DocumentStorage
from core.errors import KeyRefused, NodeLost, Unavailable, WrongPassword
from dialects.shared.callers import address_of, ip_address_of
from dialects.shared.conditions import etag, is_unchanged
from dialects.shared.dialect import Dialect, JSONAnswer
from dialects.shared.downloads import attachment
from dialects.shared.fair_shares import Turns
from dialects.shared.inputs import (
    FILE_FIELDS,
    METHOD,
    method_in_query,
)
from dialects.shared.operation import Answer, Download, Operation, Path, required
from dialects.shared.passwords import PasswordGate
from dialects.shared.path_application import PathApplication
from dialects.shared.paths import ApiRequest
from dialects.shared.performing import Performed, Performer, Task
from dialects.shared.questions import Question, Questions
from dialects.shared.retries import attempt_of, once
from dialects.shared.throttle import PortionUsedUp, Throttle
from dialects.shared.waiting import PEER_WAITS, ChangeWatch
from schemas.bodies import MULTIPART, URLENCODED, Body, Limits, read_body
from schemas.errors import MethodNotAllowed

log = logging.getLogger(__name__)

_WITH_BODY = ("POST", "PUT", "PATCH")
_OVERRIDES = ("PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Services:
    """What requests need; reads use the replica if there is one."""

    database: Database
    storage: DocumentStorage
    limits: Limits
    gate: PasswordGate
    replica: Replica | None = None
    throttle: Throttle | None = None
    watch: ChangeWatch | None = None
    turns: Turns = field(default_factory=Turns)


def endpoints(dialect: Dialect, services: Services) -> list[tuple[str, "Endpoint"]]:
    """Return the dialect's absolute paths with their applications."""
    return [(dialect.prefix + path.path, Endpoint(dialect, path, services)) for path in dialect.paths]


class Endpoint(PathApplication[ApiRequest]):
    """The ASGI application for one path: every method and every error, in the dialect's own shape."""

    def __init__(self, dialect: Dialect, path: Path, services: Services) -> None:
        self.dialect = dialect
        self.path = path
        self._route = dialect.prefix + path.path
        self.services = services
        self._questions = Questions(dialect, path.operations.values())
        self._performer = Performer(dialect, path.operations)

    def _received(self, scope: Scope, receive: Receive) -> ApiRequest:
        request = ApiRequest(scope, receive)
        if request.served is not None:
            request.served.dialect, request.served.route = self.dialect.name, self._route
        return request

    def _refused(self, request: ApiRequest, error: Exception) -> Response:
        if request.served is not None and isinstance(error, KeyRefused):
            request.served.refused = str(error)
        return self.dialect.refuse(error)  # its table ends with Exception, so no error has another shape

    def _complete(self, request: ApiRequest, response: Response) -> None:
        if self.services.throttle is not None and request.actor is not None:
            for name, value in self.services.throttle.headers(request.actor.token_id).items():
                response.headers[name] = value

    async def _respond(self, request: ApiRequest) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(self.path.allowed)})
        operation = self.path.operations.get(method)
        if operation is None and not self._may_be_overridden(request):
            raise MethodNotAllowed(self.path.allowed)
        answer, headers = await self._known(operation, request)
        if isinstance(answer, Answer) and answer.version:
            headers["ETag"] = etag(answer.version)
            if method == "GET" and is_unchanged(request.headers, answer.version):
                return Response(status_code=304, headers=headers)
        return await self._rendered(answer, headers)

    async def _known(self, operation: Operation | None, request: ApiRequest) -> Performed:
        try:
            return await self._admitted(operation, request)
        except NodeLost:
            self.services.turns.lost.note(self.services.turns.keys.company_of(self.dialect.read_key(request.headers)))
            raise
        except Exception as error:
            if not is_row_conflict(error):
                raise
            # The company or the user may have been removed since the request began; then the key is no longer valid.
            key = self.dialect.read_key(request.headers)
            await self.services.database.read(partial(self._authenticate, request, key), bounded=True)
            raise

    async def _admitted(self, operation: Operation | None, request: ApiRequest) -> Performed:
        while True:
            try:
                return await self._done(operation, request)
            except PortionUsedUp as used_up:
                await used_up.throttle.draw(used_up.token_id)

    async def _done(self, operation: Operation | None, request: ApiRequest) -> Performed:
        key = self.dialect.read_key(request.headers)
        if operation is None or operation.writes:
            return await self._write(operation, request, key)
        question = self._questions.of(operation, request)
        unit = partial(self._read, operation, request, key, question)
        bounded = isinstance(question, Question) and operation.bounded(question.query)
        source = self.services.replica or self.services.database
        turns = self.services.turns
        queues = turns.bounded if bounded else turns.other_reads
        look = partial(queues.run, turns.keys.company_of(key), partial(source.read, unit, bounded))
        performed = await look()
        if isinstance(performed[0], Answer) and performed[0].awaits is not None:
            return await self._awaited(request, performed, look)
        return performed

    async def _awaited(
        self, request: ApiRequest, performed: Performed, again: Callable[[], Awaitable[Performed]]
    ) -> Performed:
        """Return the answer once there is something to show, or the time is over, holding nothing meanwhile."""
        watch, peer_waits = self.services.watch, request.scope.get(PEER_WAITS, _always)
        answer = performed[0]
        if watch is None or not isinstance(answer, Answer) or answer.awaits is None:
            return performed
        awaited, end = answer.awaits, time.monotonic() + answer.awaits.seconds
        seen = awaited.after_id
        while newest := await watch.changed(awaited.company_id, seen, end - time.monotonic(), peer_waits):
            performed, seen = await again(), newest
            if not isinstance(performed[0], Answer) or performed[0].awaits is None:
                break  # a commit that this dialect can see
        return performed

    def _may_be_overridden(self, request: ApiRequest) -> bool:
        is_form = request.headers.get("content-type", "").lower().startswith((URLENCODED, MULTIPART))
        may_name = is_form or bool(method_in_query(request.scope["query_string"]))
        return request.method == "POST" and may_name and any(verb in self.path.operations for verb in _OVERRIDES)

    def _read(
        self,
        operation: Operation,
        request: ApiRequest,
        key: str,
        question: Question | Exception,
        connection: Connection,
    ) -> Performed:
        actor = self._authenticate(request, key, connection)
        actor.check(operation.scope)
        if isinstance(question, Exception):
            raise question
        return self._performer.perform(Task(operation, request, question, actor), connection)

    def _authenticate(self, request: ApiRequest, key: str, connection: Connection) -> Actor:
        self._forget(request)  # presumed by an earlier run of the same unit
        try:
            actor = keys.authenticate(connection, key, self.dialect.name, ip_address_of(request.scope))
        except LimitedKey as limited:
            self._note(request, limited.actor)
            raise
        self._note(request, actor)
        self.services.turns.keys.note(key, actor.company_id)
        return actor

    def _forget(self, request: ApiRequest) -> None:
        request.actor = None
        if request.served is not None:
            request.served.actor = None

    def _note(self, request: ApiRequest, actor: Actor) -> None:
        request.actor = actor
        if request.served is not None:
            request.served.actor = actor
        if self.services.throttle is not None and not request.is_counted:
            self.services.throttle.admit(actor.token_id)
            request.is_counted = True

    async def _write(self, operation: Operation | None, request: ApiRequest, key: str) -> Performed:
        database = self.services.database
        actor = await database.read(partial(self._authenticate, request, key), bounded=True)
        if operation is not None:
            actor.check(operation.scope)  # before reading the body, which may be large
        body = Body()
        if request.method in _WITH_BODY:
            body = await read_body(request.headers, request.stream(), self.services.limits)
        try:
            operation = self._overridden(operation, request, body)
            actor.check(operation.scope)
            if operation.asks_password:
                await self._check_password(request, actor)
            return await self._commit(operation, request, actor, body)
        finally:
            await body.close()

    def _overridden(self, operation: Operation | None, request: ApiRequest, body: Body) -> Operation:
        override = ""
        if request.method == "POST":
            in_form = str(body.tree.get(METHOD, "")).upper() if body.is_form else ""
            override = in_form or method_in_query(request.scope["query_string"])
        if override in _OVERRIDES:
            operation = self.path.operations.get(override)
        if operation is None:
            raise MethodNotAllowed(self.path.allowed)
        return operation

    async def _check_password(self, request: ApiRequest, actor: Actor) -> None:
        given = self.dialect.password_of(request.headers)
        if not given:
            raise WrongPassword  # not a guess
        await self.services.gate.check(actor, address_of(request), given)

    async def _commit(self, operation: Operation, request: ApiRequest, actor: Actor, body: Body) -> Performed:
        question = self._questions.of(operation, request)
        if isinstance(question, Exception):
            raise question
        attempt = await attempt_of(request, actor, body) if request.method in _WITH_BODY else None
        task = Task(operation, request, question, actor, body)
        act = partial(self._act, task, attempt)
        if attempt is None:
            return await act()
        done = await once(self.services.database, attempt, act)
        if isinstance(done, StoredAnswer):
            headers = await self.services.database.read(partial(self._performer.headers_again, task))
            return Answer(orjson.Fragment(done.body), done.status, done.version), headers
        return done

    async def _act(self, task: Task, attempt: Attempt | None) -> Performed:
        services = self.services
        if task.operation.takes_files:
            task.files = await self._store_files(task.actor, task.body)

        def unit(connection: Connection) -> Performed:
            answer, headers = self._performer.perform(task, connection)
            if attempt is not None and isinstance(answer, Answer):
                kept = StoredAnswer(answer.status, orjson.dumps(answer.content).decode(), answer.version)
                idempotency.store_answer(connection, attempt, kept)
            return answer, headers

        try:
            sharing = task.actor.company_id if task.operation.locks_company else None
            write = partial(services.database.write, services.turns.writing(unit), sharing)
            performed = await services.turns.writes.run(task.actor.company_id, write)
        except BaseException:
            await uploads.release(services.database, services.storage, [file.object_key for file in task.files])
            raise
        if task.operation.discards_documents:
            await self._sweeping(uploads.sweep(services.database, services.storage))
        return performed

    async def _store_files(self, actor: Actor, body: Body) -> list[StoredFile]:
        files = [(file.filename or "", file.file) for name, file in body.files if name in FILE_FIELDS]
        if not files:
            raise required("documents")
        return await uploads.store_uploads(self.services.database, self.services.storage, actor.company_id, files)

    async def _sweeping(self, work: Awaitable[object]) -> None:
        # The keys are reserved in the database: what fails here, the housekeeper sweeps later.
        try:
            await work
        except Unavailable as error:
            log.warning("deleting unused files is postponed: %s", error)

    async def _rendered(self, answer: Answer | Download, headers: dict[str, str]) -> Response:
        if isinstance(answer, Answer):
            return JSONAnswer(answer.content, answer.status, headers)
        return await attachment(self.services.storage, answer.document, headers)


def _always() -> bool:
    return True
