"""Writes: reads the body, checks the password, stores uploads, and commits the work of an operation once."""

import logging
from functools import partial

import orjson
from sqlalchemy import Connection

from core.access import idempotency
from core.access.idempotency import Attempt, StoredAnswer
from core.access.keys import Actor
from core.documents import uploads
from core.documents.documents import StoredFile
from core.errors import Unavailable, WrongPassword
from dialects.shared.authentication import Authenticator
from dialects.shared.callers import address_of
from dialects.shared.dialect import Dialect
from dialects.shared.inputs import FILE_FIELDS, METHOD, method_in_query
from dialects.shared.operation import Answer, Operation, Path, required
from dialects.shared.paths import ApiRequest
from dialects.shared.performing import Performed, Performer, Task
from dialects.shared.request_queries import RequestQueries
from dialects.shared.retries import attempt_of, once
from dialects.shared.services import Services
from schemas.bodies import MULTIPART, URLENCODED, Body, read_body
from schemas.errors import MethodNotAllowed

log = logging.getLogger(__name__)

_WITH_BODY = ("POST", "PUT", "PATCH")
_OVERRIDES = ("PUT", "PATCH", "DELETE")


class WriteRequests:
    """Carries out the writes on one path of a dialect."""

    def __init__(
        self,
        dialect: Dialect,
        path: Path,
        services: Services,
        authenticator: Authenticator,
        queries: RequestQueries,
        performer: Performer,
    ) -> None:
        self._dialect, self._path, self._services = dialect, path, services
        self._authenticator, self._queries, self._performer = authenticator, queries, performer

    def may_be_overridden(self, request: ApiRequest) -> bool:
        """Return whether `_method`, in a form or in the query, may name an operation of this path."""
        is_form = request.headers.get("content-type", "").lower().startswith((URLENCODED, MULTIPART))
        may_name = is_form or bool(method_in_query(request.scope["query_string"]))
        return request.method == "POST" and may_name and any(verb in self._path.operations for verb in _OVERRIDES)

    async def carry_out(self, operation: Operation | None, request: ApiRequest, key: str) -> Performed:
        """Carry out a write; without an operation, the body or the query must name one by `_method`."""
        database = self._services.database
        actor = await database.read(partial(self._authenticator.authenticate, request, key), bounded=True)
        if operation is not None:
            actor.check(operation.scope)  # before reading the body, which may be large
        body = Body()
        if request.method in _WITH_BODY:
            body = await read_body(request.headers, request.stream(), self._services.limits)
        try:
            operation = self._overridden(operation, request, body)
            actor.check(operation.scope)
            if operation.asks_password:
                await self._check_password(request, actor)
            return await self._commit_once(operation, request, actor, body)
        finally:
            await body.close()

    def _overridden(self, operation: Operation | None, request: ApiRequest, body: Body) -> Operation:
        override = ""
        if request.method == "POST":
            in_form = str(body.tree.get(METHOD, "")).upper() if body.is_form else ""
            override = in_form or method_in_query(request.scope["query_string"])
        if override in _OVERRIDES:
            operation = self._path.operations.get(override)
        if operation is None:
            raise MethodNotAllowed(self._path.allowed)
        return operation

    async def _check_password(self, request: ApiRequest, actor: Actor) -> None:
        given = self._dialect.password_of(request.headers)
        if not given:
            raise WrongPassword  # a missing password does not count as a guess
        await self._services.gate.check(actor, address_of(request), given)

    async def _commit_once(self, operation: Operation, request: ApiRequest, actor: Actor, body: Body) -> Performed:
        """Commit the operation, or return the stored answer if the request was sent before."""
        query = self._queries.of(operation, request)
        if isinstance(query, Exception):
            raise query
        attempt = await attempt_of(request, actor, body) if request.method in _WITH_BODY else None
        task = Task(operation, request, query, actor, body)
        commit = partial(self._commit, task, attempt)
        if attempt is None:
            return await commit()
        done = await once(self._services.database, attempt, commit)
        if isinstance(done, StoredAnswer):
            headers = await self._services.database.read(partial(self._performer.headers_again, task))
            return Answer(orjson.Fragment(done.body), done.status, done.version), headers
        return done

    async def _commit(self, task: Task, attempt: Attempt | None) -> Performed:
        services = self._services
        if task.operation.takes_files:
            task.files = await self._store_files(task.actor, task.body)

        def unit(connection: Connection) -> Performed:
            answer, headers = self._performer.perform(task, connection)
            if attempt is not None and isinstance(answer, Answer):
                stored = StoredAnswer(answer.status, orjson.dumps(answer.content).decode(), answer.version)
                idempotency.store_answer(connection, attempt, stored)
            return answer, headers

        try:
            sharing = task.actor.company_id if task.operation.locks_company else None
            write = partial(services.database.write, services.turns.writing(unit), sharing)
            performed = await services.turns.writes.run(task.actor.company_id, write)
        except BaseException:
            await uploads.release(services.database, services.storage, [file.object_key for file in task.files])
            raise
        if task.operation.discards_documents:
            await self._sweep()
        return performed

    async def _store_files(self, actor: Actor, body: Body) -> list[StoredFile]:
        files = [(file.filename or "", file.file) for name, file in body.files if name in FILE_FIELDS]
        if not files:
            raise required("documents")
        return await uploads.store_uploads(self._services.database, self._services.storage, actor.company_id, files)

    async def _sweep(self) -> None:
        # The keys are recorded in the database: what fails here is swept by housekeeping later.
        try:
            await uploads.sweep(self._services.database, self._services.storage)
        except Unavailable as error:
            log.warning("deleting unused files is postponed: %s", error)
