"""Operations of a dialect on a client, for a team member: by the same code and with the same errors as for a key.

A request is made for each operation, so that bodies, conditions and errors are treated exactly as over the API.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import Connection
from starlette.types import Message

from core.access.keys import Actor
from dialects.shared.conditions import etag
from dialects.shared.dialect import Dialect
from dialects.shared.operation import Answer, Call, Operation, Path
from dialects.shared.paths import ApiRequest
from dialects.shared.performing import Performer, Task
from dialects.shared.request_queries import RequestQueries, RequestQuery
from schemas.bodies import Body
from schemas.fields import FieldMap

COLLECTION, ONE = "/clients", "/clients/{id}"
_NO_ID = 0


@dataclass(frozen=True)
class ClientOperation:
    """One operation of a dialect with a body: on one client, or the one that creates a client."""

    dialect: Dialect
    path: Path
    method: str

    @property
    def operation(self) -> Operation:
        """The operation itself."""
        return self.path.operations[self.method]

    @property
    def name(self) -> str:
        """The part of its path after the client's; `""` for the client as a whole."""
        return self.path.path.removeprefix(ONE if self.path.path.startswith(ONE) else COLLECTION).strip("/")

    def fields(self, connection: Connection, actor: Actor) -> FieldMap:
        """Return the table of its body, with the custom fields of the actor's company."""
        operation = self.operation
        assert operation.body is not None
        call = Call(operation, connection, actor, "", {"id": _NO_ID}, self._empty_query.query, ())
        return operation.body.extended(call.load_own_keys())

    def perform(
        self, connection: Connection, actor: Actor, client_id: int, body: Mapping[str, Any], version: str = ""
    ) -> int:
        """Perform it in the connection's transaction, and return the id of the client that it answers.

        If a `version` is given, the client must be in it. Raises the errors that the dialect has refusals for.
        """
        request = self._request(client_id, version)
        task = Task(self.operation, request, self._empty_query, actor, Body(dict(body)))
        answer, _ = self._performer.perform(task, connection)
        assert isinstance(answer, Answer)
        shown = orjson.loads(orjson.dumps(answer.content))["data"]["id"]
        return self.dialect.id_of(str(shown)) or _NO_ID

    def _request(self, client_id: int, version: str) -> ApiRequest:
        shown = str(self.dialect.shown_id(client_id)) if client_id else ""
        scope = {
            "type": "http",
            "method": self.method,
            "path": self.dialect.prefix + self.path.path.replace("{id}", shown),
            "query_string": b"",
            "headers": [(b"if-match", etag(version).encode())] if version else [],
            "path_params": {"id": shown} if shown else {},
        }
        return ApiRequest(scope, _disconnected)

    @cached_property
    def _performer(self) -> Performer:
        return Performer(self.dialect, self.path.operations)

    @cached_property
    def _empty_query(self) -> RequestQuery:
        query = RequestQueries(self.dialect, [self.operation]).of(self.operation, self._request(_NO_ID, ""))
        assert isinstance(query, RequestQuery)
        return query


def updates(dialect: Dialect, method: str, fields: FieldMap) -> list[ClientOperation]:
    """Return the operations that change a client's fields in a table.

    First the one on the whole client, by its method, then those that set a part of it.
    """
    whole = [ClientOperation(dialect, path, method) for path in dialect.paths if path.path == ONE]
    parts = [path for path in dialect.paths if path.path.startswith(f"{ONE}/") and "PUT" in path.operations]
    return whole + [ClientOperation(dialect, path, "PUT") for path in parts if _sets(path.operations["PUT"], fields)]


def creation(dialect: Dialect) -> ClientOperation | None:
    """Return the operation that creates a client; None if the dialect has none."""
    found = [path for path in dialect.paths if path.path == COLLECTION and "POST" in path.operations]
    return ClientOperation(dialect, found[0], "POST") if found else None


def _sets(operation: Operation, fields: FieldMap) -> bool:
    """Return whether an operation's body contains only fields of a client."""
    if operation.body is None or operation.takes_files:
        return False
    return all(_has_attribute(fields, row.attribute) for row in operation.body.fields())


def _has_attribute(fields: FieldMap, attribute: str) -> bool:
    try:
        fields.attribute(attribute)
    except KeyError:
        return False
    return True


async def _disconnected() -> Message:
    return {"type": "http.disconnect"}
