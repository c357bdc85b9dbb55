"""Performs a request inside its transaction: runs its operation, and computes the headers of the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from core.access.keys import Actor
from core.clients import clients
from core.documents.documents import StoredFile
from core.errors import MergedAway, NotFound, Rejected
from dialects.shared.conditions import check_read, check_write, tag_of
from dialects.shared.dialect import Dialect
from dialects.shared.input_names import InputNames
from dialects.shared.inputs import Ignored, ignored_input, with_query
from dialects.shared.operation import Answer, Call, Download, Operation
from dialects.shared.paths import ApiRequest
from dialects.shared.request_queries import RequestQuery
from schemas.bodies import Body
from schemas.errors import Invalid

Performed = tuple[Answer | Download, dict[str, str]]
"""An answer, and the headers that belong to it."""


@dataclass(slots=True)
class Task:
    """The work of a request, once its key is known and its body is read."""

    operation: Operation
    request: ApiRequest
    request_query: RequestQuery
    actor: Actor
    body: Body = field(default_factory=Body)
    files: Sequence[StoredFile] = ()


class Performer:
    """Performs the operations of one path for a dialect. It is synchronous, and runs where database work runs."""

    def __init__(self, dialect: Dialect, operations: Mapping[str, Operation]) -> None:
        self._dialect = dialect
        self._names = {each.name: InputNames(method, each) for method, each in operations.items()}

    def perform(self, task: Task, connection: Connection) -> Performed:
        """Return the answer, in a transaction that the caller ends.

        Raises the errors that the dialect has refusals for.
        """
        operation, request, request_query, body = task.operation, task.request, task.request_query, task.body
        call = self._call(task, connection)
        if request.served is not None:
            request.served.understood = self._names[operation.name].of(request_query.pairs, call.body.tree)
        try:
            if operation.writes:
                check_write(call, request.headers)
            answer = operation.handler(call)
        except Rejected as rejected:
            raise (Invalid(operation.body.own_keys(rejected, body.tree)) if operation.body else rejected) from rejected
        except NotFound as missing:
            raise self._merged_away(call, missing) from missing
        if isinstance(answer, Answer) and answer.version:
            answer.version = tag_of(call, answer)
            if not operation.writes:
                check_read(call, answer, request.headers)
        return answer, self._ignored_headers(call, request_query, body)

    def _call(self, task: Task, connection: Connection) -> Call:
        request_query, path = task.request_query, task.request.scope["path"]
        ids = {name: self._dialect.id_of(text) for name, text in task.request.ids.items()}
        sent = with_query(task.body, request_query.inputs)
        return Call(
            task.operation,
            connection,
            task.actor,
            path,
            ids,
            request_query.query,
            request_query.pairs,
            sent,
            task.files,
        )

    def _merged_away(self, call: Call, missing: NotFound) -> NotFound:
        """Return the error, or one that names the client into which the missing one was merged."""
        client_id = call.path_ids.get("id")
        if missing.noun != "client" or call.operation.noun != "client" or client_id is None:
            return missing
        survivor_id = clients.survivor_of(call.connection, call.actor, client_id, self._dialect.states)
        return MergedAway(self._dialect.shown_id(survivor_id), call.actor.edition) if survivor_id else missing

    def _ignored_headers(self, call: Call, request_query: RequestQuery, body: Body) -> dict[str, str]:
        writes = call.operation.writes
        ignored = ignored_input(call, body, request_query.inputs) if writes else Ignored(request_query.query.ignored)
        headers = ignored.headers()
        if request_query.strict:
            ignored.refuse()
            headers["Preference-Applied"] = "handling=strict"
        return headers

    def headers_again(self, task: Task, connection: Connection) -> dict[str, str]:
        """Return the headers of a replayed answer: the request is the same, so they are computed again."""
        call = self._call(task, connection)
        call.load_own_keys()
        request_query = replace(task.request_query, strict=False)
        return self._ignored_headers(call, request_query, task.body) | {"Idempotency-Replayed": "true"}
