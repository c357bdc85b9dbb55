"""What follows from a change of a client, in its transaction: the list, and each of its members.

`core.clients.writing` has every change pass through all of them, so no verb can forget one. A new one is a line in
`FOLLOWERS`.
"""

from typing import Protocol

from sqlalchemy import Connection, select

from core.clients import category_walk, numbers, records
from core.clients.changes import Change, Move
from core.database.portions import in_portions
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
    """What the register derives from clients and must bring up to date with every change of one."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Follow the change of one client, which is stored."""

    def follow_move(self, connection: Connection, move: Move) -> None:
        """Follow the move of many clients to another category, which is stored, in few statements."""


class RetiredNumbers:
    """Numbers that clients have had: none of them is given out again."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Reserve the number of a client that was removed or has got another one."""
        was, became = change.was, change.became
        if was is not None and (became is None or became["number"] != was["number"]):
            numbers.retire(connection, was["company_id"], was["number"])

    def follow_move(self, _connection: Connection, _move: Move) -> None:
        """All clients keep their numbers."""


class Counts:
    """How many clients there are in each state."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Count the client where it now belongs."""
        states = _state(change.was), _state(change.became)
        counts.move(connection, change.actor.company_id, change.client_id, *states)

    def follow_move(self, _connection: Connection, _move: Move) -> None:
        """All clients keep their states."""


class SearchIndex:
    """What clients are found by."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Write what the client is now found by; the row of a removed client was removed with it."""
        if change.became is not None:
            search.index(connection, change.was, change.became)

    def follow_move(self, _connection: Connection, _move: Move) -> None:
        """Clients are not found by their category."""


class Renderings:
    """What clients look like in each dialect; those of a removed client were removed with it."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Keep what the client now looks like."""
        if change.after is None:
            return
        if change.kind is Kind.IMPORTED and change.before is not None:
            # The times by which renderings are valid may go back or stand still here, and by no other change.
            renderings.drop(connection, change.actor.company_id, change.client_id)
        renderings.store_all(connection, change.after, change.actor.edition)

    def follow_move(self, connection: Connection, move: Move) -> None:
        """None of the clients' renderings is valid any more; have them made again in the background."""
        category_walk.begin(connection, move.actor.company_id, move.target_id)


class Activities:
    """Who changed what."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Note the change. Of a removed client this is all that is left, unless another one has received its
        history."""
        if change.after is None and change.receiver_id is not None:
            activities.move(connection, change.actor.company_id, change.client_id, change.receiver_id)
            return
        if change.after is None:
            activities.delete_for_client(connection, change.actor.company_id, change.client_id)
        was, became = _difference(change)
        if became or change.details or change.before is None or change.kind in (Kind.ERASED, Kind.IMPORTED):
            became = {**became, **change.details}
            activities.note(connection, change.actor, change.client_id, change.kind, was, became)
        else:
            change.is_published = False  # such as another random key, which no event names

    def follow_move(self, connection: Connection, move: Move) -> None:
        """Note the same of all clients."""
        was, became = {"category_id": move.category_id}, {"category_id": move.target_id}
        for portion in in_portions(move.client_ids):
            mine = clients.c.company_id == move.actor.company_id, clients.c.id.in_(portion)
            ids = select(clients.c.id).where(*mine)
            activities.note_all(connection, move.actor, ids, Kind.UPDATED, was, became)


class Deliveries:
    """Queues the messages to subscribers."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Queue a message to each subscriber; of an erased client its earlier messages are removed."""
        company_id = change.actor.company_id
        if change.kind is Kind.ERASED:
            deliveries.delete_for_client(connection, company_id, change.client_id)
        if change.is_published:
            deliveries.publish(connection, company_id, _event(change), change.was, change.became)

    def follow_move(self, connection: Connection, move: Move) -> None:
        """Queue a message of each client, if there is anybody to read it."""
        company_id = move.actor.company_id
        if deliveries.has_subscribers(connection, company_id):
            for client_id in move.client_ids:
                client = records.get(connection, company_id, client_id)
                deliveries.publish(connection, company_id, Event.UPDATED, None, client)


class ChangeLog:
    """What integrations are told that ask what changed since."""

    def follow(self, connection: Connection, change: Change) -> None:
        """Write down what happened; of a client that was hidden before and after only for those who see such ones."""
        was, became = _state(change.was), _state(change.became)
        is_hidden = {was, became} <= {None, State.DELETED}
        noted = change_of(change.client_id, _change_kind(change, was, became), change.receiver_id or 0, is_hidden)
        change_log.note(connection, change.actor.company_id, noted)

    def follow_move(self, connection: Connection, move: Move) -> None:
        """The same of each client."""
        for portion in in_portions(move.client_ids):
            change_log.note_updates(connection, move.actor.company_id, portion)


# In this order. On PostgreSQL, numbers wait for the company, which is held before counts (docs/design.md); whether
# anybody subscribes is known with the activity.
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
    # One that was deleted and is archived now is there again, which matters more.
    return ChangeKind.RESTORED if was is State.DELETED else _KIND_OF_STATE[became]
