"""Followers: the list of what must be updated with every change of a client, in its transaction.

`core.clients.writing` passes every change to all of them, so no operation can omit one. A new follower is a line in
`FOLLOWERS`.
"""

from typing import Protocol

from sqlalchemy import Connection, select

from core.clients import category_backfill, numbers, records
from core.clients.changes import Change, Move
from core.database.chunks import chunked
from core.events import activities, change_log, deliveries
from core.events.activities import Kind
from core.events.change_log import ChangeKind, change_of
from core.events.differences import Difference, contents, differences
from core.events.webhooks import Event
from core.models import clients
from core.projections import counts, renderings, search
from core.query import Record, State, state_of

_EVENTS = {
    Kind.CREATED: Event.CREATED,
    Kind.ARCHIVED: Event.ARCHIVED,
    Kind.RESTORED: Event.RESTORED,
    Kind.DELETED: Event.DELETED,
    Kind.MERGED: Event.MERGED,
}


class Follower(Protocol):
    """Something that is derived from clients and must be updated with every change of one."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Follow the change of one client, which is stored already."""

    def follow_move(self, connection: Connection, move: Move) -> None:
        """Follow the move of many clients to another category, which is stored already, in few statements."""


class RetiredNumbers:
    """Reserves the numbers that clients have had, so that none of them is given out again."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Reserve the number of a client that was removed or has got another one."""
        was, became = change.was, change.became
        if was is not None and (became is None or became["number"] != was["number"]):
            numbers.retire(connection, was["company_id"], was["number"])

    def follow_move(self, _connection: Connection, _move: Move) -> None:
        """Do nothing: the clients keep their numbers."""


class Counts:
    """Counts the clients in each state."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Count the client in its new state."""
        states = _state(change.was), _state(change.became)
        counts.move(connection, change.actor.company_id, change.client_id, *states)

    def follow_move(self, _connection: Connection, _move: Move) -> None:
        """Do nothing: the clients keep their states."""


class SearchIndex:
    """Updates the search index."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Write the client's searched texts. The row of a removed client was removed with it."""
        if change.became is not None:
            search.index(connection, change.was, change.became)

    def follow_move(self, _connection: Connection, _move: Move) -> None:
        """Do nothing: clients are not searched by category."""


class Renderings:
    """Updates the renderings of clients in each dialect. Those of a removed client were removed with it."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Store the renderings of the client."""
        if change.after is None:
            return
        if change.kind is Kind.IMPORTED and change.before is not None:
            # Only here can the timestamps that validate renderings stay the same or go back.
            renderings.drop(connection, change.actor.company_id, change.client_id)
        renderings.store_all(connection, change.after, change.actor.edition)

    def follow_move(self, connection: Connection, move: Move) -> None:
        """Begin the backfill of the category: no rendering of the moved clients is valid any more."""
        category_backfill.begin(connection, move.actor.company_id, move.target_id)


class Activities:
    """Records activities: who changed what."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Record the change. Of a purged client only this activity remains; of a merged one the receiver gets all."""
        if change.after is None and change.receiver_id is not None:
            activities.move(connection, change.actor.company_id, change.client_id, change.receiver_id)
            return
        if change.after is None:
            activities.delete_for_client(connection, change.actor.company_id, change.client_id)
        was, became = _difference(change)
        if became or change.details or change.before is None or change.kind in (Kind.PURGED, Kind.IMPORTED):
            became = {**became, **change.details}
            activities.record(connection, change.actor, change.client_id, change.kind, was, became)
        else:
            change.is_published = False  # only something changed that activities leave out, such as a random key

    def follow_move(self, connection: Connection, move: Move) -> None:
        """Record the same activity for all clients."""
        was, became = {"category_id": move.category_id}, {"category_id": move.target_id}
        for portion in chunked(move.client_ids):
            mine = clients.c.company_id == move.actor.company_id, clients.c.id.in_(portion)
            ids = select(clients.c.id).where(*mine)
            activities.record_all(connection, move.actor, ids, Kind.UPDATED, was, became)


class Deliveries:
    """Queues messages to subscribers."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Queue a message to each subscriber. Earlier messages about a purged client are removed."""
        company_id = change.actor.company_id
        if change.kind is Kind.PURGED:
            deliveries.delete_for_client(connection, company_id, change.client_id)
        if change.is_published:
            deliveries.publish(connection, company_id, _event(change), change.was, change.became)

    def follow_move(self, connection: Connection, move: Move) -> None:
        """Queue a message about each client, if there is any subscriber."""
        company_id = move.actor.company_id
        if deliveries.has_subscribers(connection, company_id):
            for client_id in move.client_ids:
                client = records.get(connection, company_id, client_id)
                deliveries.publish(connection, company_id, Event.UPDATED, None, client)


class ChangeLog:
    """Writes the change log, from which integrations read what has changed."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Write the change to the log.

        If the client was deleted before and after, only readers of deleted clients see it.
        """
        was, became = _state(change.was), _state(change.became)
        is_hidden = {was, became} <= {None, State.DELETED}
        entry = change_of(change.client_id, _change_kind(change, was, became), change.receiver_id or 0, is_hidden)
        change_log.record(connection, change.actor.company_id, entry)

    def follow_move(self, connection: Connection, move: Move) -> None:
        """Write the change of each client to the log."""
        for portion in chunked(move.client_ids):
            change_log.record_updates(connection, move.actor.company_id, portion)


# The order matters. On PostgreSQL, numbers wait for the lock of the company, which comes before counts
# (docs/design.md), and recording the activity determines whether subscribers are notified.
FOLLOWERS: tuple[Follower, ...] = (
    RetiredNumbers(),
    Counts(),
    SearchIndex(),
    Renderings(),
    Activities(),
    Deliveries(),
    ChangeLog(),
)


def _state(client: Record | None) -> State | None:
    return None if client is None else state_of(client)


def _difference(change: Change) -> Difference:
    if change.became is None:
        return {}, {}
    return ({}, contents(change.became)) if change.was is None else differences(change.was, change.became)


def _event(change: Change) -> Event:
    if change.after is None:
        return Event.PURGED
    return Event.CREATED if change.before is None else _EVENTS.get(change.kind, Event.UPDATED)


_KIND_OF_STATE = {
    State.ACTIVE: ChangeKind.RESTORED,
    State.ARCHIVED: ChangeKind.ARCHIVED,
    State.DELETED: ChangeKind.DELETED,
}


def _change_kind(change: Change, was: State | None, became: State | None) -> ChangeKind:
    if became is None:
        return ChangeKind.PURGED if change.receiver_id is None else ChangeKind.MERGED
    if was is None:
        return ChangeKind.CREATED
    if was is became:
        return ChangeKind.UPDATED
    # A client that was deleted and is now archived counts as restored.
    return ChangeKind.RESTORED if was is State.DELETED else _KIND_OF_STATE[became]
