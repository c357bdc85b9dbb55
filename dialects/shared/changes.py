"""`GET /changes`, in any dialect: clients created, changed and removed since a cursor, in the order of commits.

A cursor is opaque to callers, and encodes a position in the change log. Nothing is stored for it, so it is valid after
restarts and in copies of the register.
"""

import base64
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.access.scopes import Scope
from core.attribute import Attribute, fixed
from core.clients import clients
from core.errors import PositionLost
from core.events import change_log
from core.events.change_log import ChangeKind, ChangePage, Position
from core.query import Record, Search, State
from dialects.shared.operation import Answer, Awaited, Call, Operation, Reply
from dialects.shared.resource import Resource
from schemas.errors import BrokenRule
from schemas.fields import FieldMap
from schemas.openapi import closed_object, reference
from schemas.queries import Include, PageSize, Parameter, Where
from schemas.rows import Field, Related
from schemas.types import Choice, Integer, Schema, Type

POSITION_LOST = (
    "The changes after this cursor are no longer stored, or the register was restored to an earlier state. "
    "Request after=latest, read all clients again, and continue from that cursor"
)
DETAIL = (
    "Changes in the order in which they were committed, each exactly once: send `next_cursor` as `after`, also after a "
    "restart of either side, or to a copy of the register. Begin with `after=latest`, then read all clients, then the "
    "changes after that cursor. With `wait`, the answer waits for the next change. If the changes after a cursor are "
    "no longer stored, the answer is a 410; then begin again. For a merged client, `merged_into` is the client that "
    "received its contents."
)
MAX_WAIT = 30
DEFAULT_SIZE = 100
_LATEST = "latest"
_FORM = struct.Struct(">QQ")
# Two numbers of 63 bits in the alphabet of RFC 4648, section 5: the highest bit of each is 0, and so are the last four.
_TEXT = re.compile("[A-Za-f][A-Za-z0-9_-]{9}[ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9_-]{10}[AQgw]")

CHANGE = {name: fixed(name) for name in ("client_id", "kind", "created_at")} | {
    "position": Attribute(lambda change: Position(change["id"], change["created_at"])),
    "survivor_id": Attribute(lambda change: change["survivor_id"] or None),
}
KINDS = Choice({kind.value: kind.value for kind in ChangeKind})
Envelope = Callable[[list[Any], dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Cursor(Type):
    """A position as text. The word `latest` denotes the newest position, and is parsed as None."""

    def parse(self, value: Any) -> Position | None:
        text = str(value)
        if text == _LATEST:
            return None
        if not _TEXT.fullmatch(text):
            raise BrokenRule("cursor")
        return Position(*_FORM.unpack(base64.urlsafe_b64decode(text + "==")))

    def format(self, value: Position) -> str:
        return base64.urlsafe_b64encode(_FORM.pack(value.id, value.at)).decode().rstrip("=")

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{_TEXT.pattern}$"}

    def text_schema(self, needed: bool = False) -> Schema:
        return {"type": "string", "pattern": f"^({_TEXT.pattern}|{_LATEST})$"}


CURSOR = Cursor()


def change_fields(id_type: Type, other_id_type: Type, time_type: Type, client: FieldMap) -> FieldMap:
    """Return the table of a change, by a dialect's types of ids, optional ids and times, and its table of clients."""
    return FieldMap(
        "change",
        CHANGE.__getitem__,
        Field(
            "cursor", "position", CURSOR, about="The cursor of this change. Send it as `after` to get later changes."
        ),
        Field(
            "type", "kind", KINDS, about="What happened. Nothing else remains of a client that was purged or merged."
        ),
        Field("id", "client_id", id_type, about="The client's id."),
        Field(
            "merged_into",
            "survivor_id",
            other_id_type,
            about="If the client was merged: the client that received its contents.",
        ),
        Field("timestamp", "created_at", time_type, about="When it happened."),
        related=(
            Related("record", client, many=False, about="The client, if `record` is included and the client exists."),
        ),
    )


def parameters(max_size: int) -> tuple[Parameter, ...]:
    """Return the query parameters of the feed."""
    return (
        Where(
            name="after",
            attribute="after",
            type=CURSOR,
            about="A cursor: show the changes after it. `latest` shows only the newest cursor. By default, show all.",
        ),
        PageSize(
            name="limit",
            default=DEFAULT_SIZE,
            cap=max_size,
            about=f"The number of changes in an answer, at most {max_size}.",
        ),
        Where(
            name="wait",
            attribute="wait",
            type=Integer(0, MAX_WAIT, capped=True),
            about=f"Seconds to wait for a change if there is none, at most {MAX_WAIT}.",
        ),
        Include(name="include", always=(), relations=("record",), about="`record`: each client as it is now."),
    )


def changes(
    fields: FieldMap, client: Resource, envelope: Envelope, describe: Callable[..., Schema], size: int
) -> Operation:
    """Return the operation for GET on /changes; `client` is the resource by which the dialect shows clients."""

    def handler(call: Call) -> Answer:
        values = _filter_values(call)
        found = _found(call, values, client.states)
        shown = _records(call, found, client) if "record" in call.query.search.include else {}
        entries = [_entry(fields, each, shown) for each in found.records]
        meta = {"next_cursor": CURSOR.format(found.position), "has_more": found.has_more}
        answer = Answer(envelope(entries, meta))
        if not entries and values.get("wait"):
            answer.awaits = Awaited(call.actor.company_id, found.position.id, values["wait"])
        return answer

    meta = {
        "next_cursor": CURSOR.schema() | {"description": "The cursor to send as `after` in the next request."},
        "has_more": {"type": "boolean", "description": "Whether there are more changes."},
    }
    return Operation(
        "getChanges",
        handler,
        "List the clients that were created, changed and removed since a cursor.",
        Reply(
            "The changes, in the order of their commits.",
            describe(reference(fields), closed_object(meta, "Where to continue.")),
        ),
        Scope.READ,
        noun="change",
        query=parameters(size),
        refused=(PositionLost,),
        bounded=lambda query: query.search.size <= DEFAULT_SIZE and not query.search.include,
        default_search=lambda: Search(size=DEFAULT_SIZE),
    )


def _filter_values(call: Call) -> dict[str, Any]:
    return {each.name: each.value for each in call.query.search.filters}


def _found(call: Call, values: Mapping[str, Any], states: frozenset[State]) -> ChangePage:
    company_id = call.actor.company_id
    if "after" in values and values["after"] is None:
        return ChangePage([], change_log.newest(call.connection, company_id), False)
    size, with_hidden = call.query.search.size, State.DELETED in states
    return change_log.changes_after(call.connection, company_id, values.get("after"), size, with_hidden)


def _records(call: Call, found: ChangePage, client: Resource) -> dict[int, Any]:
    ids = sorted({each["client_id"] for each in found.records})
    shape = client.shape(call)
    stored = clients.present(call.connection, call.actor, ids, client.states, shape.view)
    return {client_id: shape.fields.rendered(each) for client_id, each in stored.items()}


def _entry(fields: FieldMap, change: Record, shown: Mapping[int, Any]) -> dict[str, Any]:
    entry = fields.render(change)
    record = shown.get(change["client_id"])
    return entry if record is None else entry | {"record": record}
