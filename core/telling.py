"""What is told of every change of a client, in its transaction: an activity, and word to those who subscribed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from core import activities, deliveries, records
from core.activities import Kind
from core.differences import contents, differences
from core.keys import Actor
from core.query import Record
from core.webhooks import Event

_NOTHING: Mapping[str, Any] = {}
_EVENTS = {
    Kind.CREATED: Event.CREATED,
    Kind.ARCHIVED: Event.ARCHIVED,
    Kind.RESTORED: Event.RESTORED,
    Kind.DELETED: Event.DELETED,
    Kind.ERASED: Event.PURGED,
    Kind.MERGED: Event.MERGED,
}


def of_creation(connection: Connection, actor: Actor, client: Record) -> None:
    """A client has been made."""
    _tell(connection, actor, Kind.CREATED, _NOTHING, contents(client), None, client)


def of_change(
    connection: Connection, actor: Actor, kind: Kind, before: Record, after: Record, besides: Mapping[str, Any]
) -> None:
    """A client has been written. If it became no other, and there is nothing to say `besides`, nothing is told."""
    was, became = differences(before, after)
    if became or besides:
        _tell(connection, actor, kind, was, {**became, **besides}, before, after)


def of_import(connection: Connection, actor: Actor, before: Record | None, after: Record) -> None:
    """A client has been made, or has become another, as another system told."""
    was, became = (_NOTHING, contents(after)) if before is None else differences(before, after)
    if activities.note(connection, actor, after["id"], Kind.IMPORTED, was, became):
        event = Event.CREATED if before is None else Event.UPDATED
        deliveries.publish(connection, actor.company_id, event, before, after)


def of_many(connection: Connection, actor: Actor, ids: Sequence[int]) -> None:
    """Clients have been written all at once, and their activities with them."""
    if deliveries.has_subscribers(connection, actor.company_id):
        for client_id in ids:
            client = records.get(connection, actor.company_id, client_id)
            deliveries.publish(connection, actor.company_id, Event.UPDATED, None, client)


def of_erasure(connection: Connection, actor: Actor, client: Record) -> None:
    """A client has been erased, which leaves nothing of what was told of it but this."""
    activities.forget(connection, actor.company_id, client["id"])
    deliveries.forget(connection, actor.company_id, client["id"])
    _tell(connection, actor, Kind.ERASED, _NOTHING, _NOTHING, client, None)


def of_merging(connection: Connection, actor: Actor, client: Record, receiver_id: int) -> None:
    """A client is gone, and what was told of it is the history of the one that received it."""
    activities.move(connection, actor.company_id, client["id"], receiver_id)
    deliveries.publish(connection, actor.company_id, Event.PURGED, client, None)


def _tell(
    connection: Connection,
    actor: Actor,
    kind: Kind,
    was: Mapping[str, Any],
    became: Mapping[str, Any],
    before: Record | None,
    after: Record | None,
) -> None:
    client = after or before
    assert client is not None
    if activities.note(connection, actor, client["id"], kind, was, became):
        deliveries.publish(connection, actor.company_id, _EVENTS.get(kind, Event.UPDATED), before, after)
