"""The history of one client, asked for as the vendor's client programs do (`activities/entity`)."""

from core.access.scopes import Scope
from core.clients import clients
from core.errors import NotFound
from core.events import activities
from core.query import ResultPage
from dialects.shared.operation import Answer, Call, Operation, Path, Reply
from dialects.v1 import wire
from schemas.fields import UPDATE, Field, FieldMap, input_only
from schemas.openapi import reference
from schemas.types import Choice, HashedId

MAX_ACTIVITIES = 100


def activity_paths(fields: FieldMap, ids: HashedId, envelope: wire.Envelope) -> tuple[Path, ...]:
    """Every path whose answers are activities."""

    def handler(call: Call) -> Answer:
        client_id = call.values()["entity_id"] or 0
        clients.get(call.connection, call.actor, client_id)
        of_client = activities.of_clients(call.connection, call.actor.company_id, [client_id], MAX_ACTIVITIES)[
            client_id
        ]
        shown = [fields.render(each) for each in of_client]
        return Answer(envelope.many(shown, ResultPage([], len(shown), 1, MAX_ACTIVITIES), call, ""))

    reply = Reply("The client's activities.", envelope.describe_many(reference(fields), "", "activities"))
    about = "Show what was done to a client."
    asks = Operation(
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
    return (Path("/activities/entity", {"POST": asks}),)


def _body(ids: HashedId) -> FieldMap:
    entities = Choice({"client": "client"})
    return FieldMap(
        "entity of activities",
        input_only,
        Field("entity", "entity", entities, on=UPDATE, required=UPDATE, about="What the activities are of."),
        Field("entity_id", "entity_id", ids, on=UPDATE, required=UPDATE, about="Its hashed id."),
    )
