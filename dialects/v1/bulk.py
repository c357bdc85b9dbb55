"""One act on many records: all of them, or none if one is unknown."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection

from core.errors import NotFound
from core.keys import Actor
from core.query import Found, Stored
from core.renderings import View
from dialects.shared.operation import Answer, Call, Operation, Reply, required
from dialects.shared.resource import Resource
from schemas.fields import UPDATE, Field, FieldMap, input_only
from schemas.openapi import reference
from schemas.types import Choice, HashedId, ListOf, Text

MAX_IDS = 5000

Acts = Mapping[str, Callable[..., None]]
HoldAll = Callable[[Connection, Actor, Sequence[int]], None]
ReadAll = Callable[[Connection, Actor, Sequence[int], View | None], Sequence[Stored]]


def bulk_body(name: str, acts: Acts, nouns: str) -> FieldMap:
    """The table of a body that names an action and ids."""
    words = Choice({word: word for word in acts})
    ids = ListOf(Text(), max_items=MAX_IDS, min_items=1)
    return FieldMap(
        name,
        input_only,
        Field("action", "action", words, on=UPDATE, required=UPDATE, about=f"What to do with the {nouns}."),
        Field("ids", "ids", ids, on=UPDATE, required=UPDATE, about=f"Hashed ids of the {nouns}."),
    )


def bulk(resource: Resource, ids: HashedId, acts: Acts, hold_all: HoldAll, read_all: ReadAll, about: str) -> Operation:
    """POST on the collection's `bulk`. An act takes connection, actor and id; all records are held before the first."""
    nouns = resource.plural_title.lower()

    def handler(call: Call) -> Answer:
        values = call.values()
        if not values["ids"]:
            raise required("ids")
        wanted = list(dict.fromkeys(ids.decode(text) for text in values["ids"]))
        known = [each for each in wanted if each is not None]
        if len(known) != len(wanted):
            raise NotFound(resource.called)
        in_order = sorted(known)
        hold_all(call.connection, call.actor, in_order)
        for record_id in in_order:
            acts[values["action"]](call.connection, call.actor, record_id)
        shown = read_all(call.connection, call.actor, known, resource.view)
        found = Found(shown, len(known), 1, len(known))
        data = [resource.fields.rendered(stored) for stored in found.records]
        return Answer(resource.envelope.many(data, found, call, ""))

    answered = resource.envelope.describe_many(reference(resource.fields), "", nouns)
    return Operation(
        resource.operation_name("bulk", several=True),
        handler,
        about,
        Reply(f"The {nouns} as they then are.", answered),
        noun=resource.called,
        writes=True,
        body=bulk_body(f"bulk action on {nouns}", acts, nouns),
    )
