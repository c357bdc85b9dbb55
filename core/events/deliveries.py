"""Deliveries: messages to subscribers, written in the transaction of the change and sent later in their order.

A message is rendered at once, because a purged client could not be rendered later. `core.events.delivery_leases`
decides which process sends the messages of a subscription, and when.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from core.database.deferred import BoundStatement
from core.database.prepared import Prepared
from core.database.rows import delete_rows, is_row, rows
from core.database.timestamps import next_updated_at
from core.database.views import all_views
from core.events.webhooks import CALLER, IS_ACTIVE, Event
from core.models import webhook_deliveries, webhooks
from core.models.operating_records import DeliveryRecord
from core.models.records import ClientRecord
from core.query import State, state_of
from core.text.clock import SECOND, now
from core.text.secrets import random_name
from core.view import View

_MAX_FOLLOWED = 5000
_DELETE_BATCH = 500

_of = webhook_deliveries.c
IS_WAITING = _of.ended_at == 0
"""The condition that a message waits to be delivered."""
_SUBSCRIBERS = Prepared(
    select(webhooks.c.id, webhooks.c.dialect, webhooks.c.events, webhooks.c.origin).where(
        webhooks.c.company_id == bindparam("company"), IS_ACTIVE
    )
)
_DELETE = Prepared(
    delete(webhook_deliveries).where(_of.company_id == bindparam("company"), _of.client_id == bindparam("client"))
)


def subscribers(company_id: int) -> BoundStatement:
    """Return the query for the subscribers of a company's clients, which `publish` executes."""
    return _SUBSCRIBERS, {"company": company_id}


def has_subscribers(connection: Connection, company_id: int) -> bool:
    """Return whether a company has any active subscriber."""
    return bool(_SUBSCRIBERS.all(connection, company=company_id))


def publish(
    connection: Connection, company_id: int, event: Event, before: ClientRecord | None, after: ClientRecord | None
) -> None:
    """Queue a message to every subscriber of an event who can see the client, in its new or else its last state.

    A subscriber in a dialect that is not enabled gets nothing.
    """
    subscribers = _SUBSCRIBERS.all(connection, company=company_id)
    if not subscribers:
        return
    views = {view.name: view for view in all_views(connection)}
    was_deleted = before is not None and state_of(before) is State.DELETED
    rows = []
    for webhook_id, dialect, events, origin in subscribers:
        view = views.get(dialect)
        seen = (each for each in (after, before) if each and view and state_of(each) in view.states)
        shown = next(seen, None)
        is_wanted = not events or event in events.split(",")
        # The vendor's API has one event for deletion and purge. It is sent only once, when the client is deleted.
        is_again = origin == CALLER and event is Event.PURGED and was_deleted
        if view and shown and is_wanted and not is_again:
            rows.append(_row(company_id, webhook_id, origin, event, shown, view))
    if rows:
        connection.execute(insert(webhook_deliveries), rows)


def _row(
    company_id: int, webhook_id: int, origin: str, event: Event, client: ClientRecord, view: View
) -> dict[str, Any]:
    at, shown = now(), view.render(client)
    return {
        "company_id": company_id,
        "webhook_id": webhook_id,
        "client_id": client["id"],
        "event": event.value,
        "message_id": f"msg_{random_name(27)}",
        "payload": shown if origin == CALLER else envelope(event, at, shown),
        "created_at": at,
    }


def envelope(event: str, at: int, data: str) -> str:
    """Return the JSON text of a message: the event, its time (microseconds), and the data, which is JSON text."""
    timestamp = datetime.fromtimestamp(at / SECOND, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return f'{{"type":"{event}","timestamp":"{timestamp}","data":{data}}}'


def replay(
    connection: Connection,
    company_id: int,
    delivery_id: int | None = None,
    since: int = 0,
    only_dead: bool = False,
    webhook_id: int | None = None,
) -> int:
    """Queue delivered or dead messages again under their old ids, and return how many.

    Messages to a disabled, archived or deleted subscription are not queued, nor are those whose text was removed.
    """
    enabled = select(webhooks.c.id).where(webhooks.c.company_id == company_id, IS_ACTIVE)
    locked = connection.execute(enabled.order_by(webhooks.c.id).with_for_update(key_share=True)).scalars().all()
    chosen = [_of.company_id == company_id, _of.webhook_id.in_(locked), ~IS_WAITING, _of.payload != ""]
    chosen += [_of.created_at >= since] if since else []
    chosen += [_of.id == delivery_id] if delivery_id is not None else []
    chosen += [_of.webhook_id == webhook_id] if webhook_id is not None else []
    chosen += [_of.is_dead] if only_dead else []
    again = update(webhook_deliveries).where(*chosen).values(ended_at=0, is_dead=False, attempts=0, last_error="")
    hooks = connection.execute(again.returning(_of.webhook_id)).scalars().all()
    replayed = webhooks.c.company_id == company_id, webhooks.c.id.in_(set(hooks))
    connection.execute(update(webhooks).where(*replayed).values(due_at=0))
    return len(hooks)


def list_all(
    connection: Connection, company_id: int, only_dead: bool = False, webhook_id: int | None = None, size: int = 50
) -> list[DeliveryRecord]:
    """Return a company's deliveries without their text, the newest first."""
    columns = [column for column in _of if column.name != "payload"]
    statement = select(*columns).where(_of.company_id == company_id)
    if only_dead:
        statement = statement.where(_of.is_dead)
    if webhook_id is not None:
        statement = statement.where(_of.webhook_id == webhook_id)
    return rows(DeliveryRecord, connection, statement.order_by(_of.id.desc()).limit(size))


def newest_id(connection: Connection, company_id: int) -> int:
    """Return the id of a company's newest delivery, 0 if it has none."""
    newest = select(_of.id).where(_of.company_id == company_id).order_by(_of.id.desc()).limit(1)
    return int(connection.execute(newest).scalar() or 0)


def listed_after(connection: Connection, company_id: int, after_id: int, ids: Sequence[int]) -> list[DeliveryRecord]:
    """Return a company's deliveries after an id, and those with these ids, without their text, oldest first."""
    columns = [column for column in _of if column.name != "payload"]
    mine = select(*columns).where(_of.company_id == company_id, or_(_of.id > after_id, _of.id.in_(ids)))
    return rows(DeliveryRecord, connection, mine.order_by(_of.id).limit(_MAX_FOLLOWED))


def delete_for_client(connection: Connection, company_id: int, client_id: int) -> None:
    """Remove all messages about a client, sent or not."""
    _DELETE.run(connection, company=company_id, client=client_id)


def withdraw(connection: Connection, company_id: int, webhook_id: int) -> None:
    """Delete the waiting messages to a subscriber."""
    connection.execute(delete(webhook_deliveries).where(*waits_for(company_id, webhook_id)))


def is_any_older(connection: Connection, retention: int) -> bool:
    """Return whether a delivery ended longer than `retention` microseconds ago."""
    return connection.execute(_older(retention).limit(1)).first() is not None


def delete_older(connection: Connection, retention: int) -> None:
    """Delete some deliveries that ended longer than `retention` microseconds ago."""
    old = connection.execute(_older(retention).limit(_DELETE_BATCH))
    delete_rows(connection, webhook_deliveries, [(row.company_id, row.id) for row in old])


def _older(retention: int) -> Select[Any]:
    old = _of.ended_at > 0, _of.ended_at < now() - retention
    return select(_of.company_id, _of.id).where(*old).order_by(_of.ended_at)


def waits_for(company_id: int, webhook_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a message waits for a subscriber."""
    return _of.company_id == company_id, _of.webhook_id == webhook_id, IS_WAITING


def end_subscription(connection: Connection, company_id: int, webhook_id: int, reason: str) -> None:
    """Stop sending to a subscriber, and mark its waiting messages as dead for this reason.

    A webhook that a caller of an API has created is archived, which the caller can see; any other is disabled.
    """
    mine = update(webhooks).where(is_row(webhooks, company_id, webhook_id))
    connection.execute(mine.where(webhooks.c.origin != CALLER).values(disabled_at=now()))
    archived = {"archived_at": now(), "updated_at": next_updated_at(webhooks)}
    connection.execute(mine.where(webhooks.c.origin == CALLER).values(archived))
    waiting = update(webhook_deliveries).where(*waits_for(company_id, webhook_id))
    connection.execute(waiting.values(ended_at=now(), is_dead=True, last_error=reason))
