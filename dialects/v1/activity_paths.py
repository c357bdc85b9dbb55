"""The lists of activities as the vendor's client programs request them: of all clients, and of one client.

`activities` is the vendor's list of the newest, `activities/entity` the history of one record.
"""

from core.access.scopes import Scope
from core.clients import clients
from core.errors import NotFound
from core.events import activities, activity_list
from core.query import ResultPage
from dialects.shared.operation import Answer, Call, Operation, Path, Reply
from dialects.v1 import wire
from dialects.v1.types import HashedIdToFind
from schemas.fields import FieldMap, input_only
from schemas.openapi import reference
from schemas.queries import Parameter, Where
from schemas.rows import UPDATE, Field
from schemas.types import Choice, HashedId

MAX_ACTIVITIES = 100


def activity_paths(fields: FieldMap, ids: HashedId, envelope: wire.Envelope) -> tuple[Path, ...]:
    """Return every path whose answers are activities."""

    def handler(call: Call) -> Answer:
        client_id = call.values()["entity_id"] or 0
        clients.get(call.connection, call.actor, client_id)
        of_client = activities.of_clients(call.connection, call.actor.company_id, [client_id], MAX_ACTIVITIES)[
            client_id
        ]
        shown = [fields.render(each) for each in of_client]
        return Answer(envelope.many(shown, ResultPage([], len(shown), 1, MAX_ACTIVITIES), call, ""))

    reply = Reply("The client's activities.", envelope.describe_many(reference(fields), "", "activities"))
    about = "List the activities of a client."
    entity = Operation(
        "postEntityActivities",
        handler,
        about,
        reply,
        Scope.READ,
        noun="client",
        writes=True,
        body=_body(ids),
        refused=(NotFound,),
    )
    return (Path("/activities", {"GET": _lists(fields, ids, envelope)}), Path("/activities/entity", {"POST": entity}))


def _lists(fields: FieldMap, ids: HashedId, envelope: wire.Envelope) -> Operation:
    def handler(call: Call) -> Answer:
        found = activity_list.page(call.connection, call.actor, call.query.search)
        shown = [fields.render(each.record) for each in found.records]
        return Answer(envelope.many(shown, found, call, ""))

    reply = Reply("The newest activities.", envelope.describe_many(reference(fields), "", "activities"))
    about = "List the newest activities of all clients, newest first."
    return Operation("listActivities", handler, about, reply, Scope.READ, noun="activity", query=_filters(ids))


def _filters(ids: HashedId) -> tuple[Parameter, ...]:
    return (
        *wire.SINCE,
        Where(
            name="client_id",
            attribute="client_id",
            type=HashedIdToFind(ids.codec),
            about="Only activities of this client.",
        ),
        *wire.PAGING,
    )


def _body(ids: HashedId) -> FieldMap:
    entities = Choice({"client": "client"})
    return FieldMap(
        "entity of activities",
        input_only,
        Field("entity", "entity", entities, on=UPDATE, required=UPDATE, about="The kind of record."),
        Field("entity_id", "entity_id", ids, on=UPDATE, required=UPDATE, about="The hashed id of the record."),
    )
