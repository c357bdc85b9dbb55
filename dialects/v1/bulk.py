"""Bulk actions: one action on many records, or on none of them if one does not exist."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from core.access.keys import Actor
from core.access.scopes import Scope
from core.errors import NotFound
from core.query import RecordOrId, ResultPage, StoredRecord
from core.view import View
from dialects.shared.operation import Answer, Call, Operation, Reply, required
from dialects.shared.resource import Resource
from schemas.fields import FieldMap, input_only
from schemas.openapi import reference
from schemas.rows import UPDATE, Field, Row
from schemas.types import Choice, HashedId, ListOf, Text

MAX_IDS = 5000

Act = Callable[..., object]
Acts = Mapping[str, Act]
MoreActs = Mapping[str, Callable[[Mapping[str, Any]], Act]]
LockAll = Callable[[Connection, Actor, Sequence[int]], Iterable[RecordOrId]]
ReadAll = Callable[[Connection, Actor, Sequence[int], View | None], Sequence[StoredRecord]]


def bulk_body(actions: Iterable[str], nouns: str, more: Sequence[Row] = ()) -> FieldMap:
    """Return the table of a body with an action and ids, and with `more` keys."""
    words = Choice({word: word for word in actions})
    ids = ListOf(Text(), max_items=MAX_IDS, min_items=1)
    return FieldMap(
        f"bulk action on {nouns}",
        input_only,
        Field("action", "action", words, on=UPDATE, required=UPDATE, about=f"What to do with the {nouns}."),
        Field("ids", "ids", ids, on=UPDATE, required=UPDATE, about=f"Hashed ids of the {nouns}."),
        *more,
    )


def decoded(call: Call, ids: HashedId) -> list[int]:
    """Return the ids of a body of `bulk_body`, without duplicates. Raises `NotFound` for an undecodable one."""
    texts = call.values()["ids"]
    if not texts:
        raise required("ids")
    wanted = list(dict.fromkeys(ids.decode(text) for text in texts))
    known = [each for each in wanted if each is not None]
    if len(known) != len(wanted):
        raise NotFound(call.operation.noun)
    return known


def bulk(
    resource: Resource,
    ids: HashedId,
    acts: Acts,
    lock_all: LockAll,
    read_all: ReadAll,
    about: str,
    more_acts: MoreActs | None = None,
    more: Sequence[Row] = (),
    refused: Sequence[type[Exception]] = (),
) -> Operation:
    """Return the operation for POST on the collection's `bulk`.

    An act takes connection, actor and record; all records are locked before the first one is changed. `more_acts` are
    further acts, made from the values of the body, which has the keys `more` for them.
    """
    nouns, special = resource.plural_title.lower(), more_acts or {}

    def handler(call: Call) -> Answer:
        values = call.values()
        action = values["action"]
        act = special[action](values) if action in special else acts[action]
        known = decoded(call, ids)
        for record in lock_all(call.connection, call.actor, sorted(known)):
            act(call.connection, call.actor, record)
        shown = read_all(call.connection, call.actor, known, resource.view_for(call))
        found = ResultPage(shown, len(known), 1, len(known))
        return Answer(resource.envelope.many(resource.shown(call, shown), found, call, ""))

    answered = resource.envelope.describe_many(reference(resource.fields), "", nouns)
    return Operation(
        resource.operation_name("bulk", several=True),
        handler,
        about,
        Reply(f"The {nouns} after the action.", answered),
        Scope.WRITE,
        noun=resource.called,
        writes=True,
        body=bulk_body((*acts, *special), nouns, more),
        query=resource.show_parameters,
        refused=refused,
    )
