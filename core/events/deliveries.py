"""Messages to subscribers: written in the transaction of the change, delivered later in their order.

A message is rendered at once, for a client that was erased cannot be looked at any more. The subscription is what is
leased to one process at a time, so that its subscriber hears of one client's changes in the order in which they were
made, and one who is slow or away holds up nobody else.

Leases and rests are by the database's clock. One that ends later than it can last began while that clock was ahead, and
is over.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    insert,
    literal,
    or_,
    select,
    update,
)

from core.database.deferred import Question
from core.database.prepared import Prepared
from core.database.rows import delete_rows, is_row, rows
from core.database.timestamps import DatabaseNow, database_now, moved_on
from core.database.views import all_views
from core.events.webhooks import CALLER, LISTENING, OPERATOR, Event
from core.models import webhook_deliveries, webhooks
from core.models.operating_records import DeliveryRecord
from core.models.records import ClientRecord
from core.query import State, state_of
from core.text.clock import SECOND, now
from core.text.secrets import random_name
from core.view import View

_MAX_PAUSE = 2 * 3600 * SECOND
_JITTER = 0.75, 1.25
_MAX_REASON = 500
_MAX_FOLLOWED = 5000
_DELETE_BATCH = 500
_CANDIDATES = 50  # looked at for one that nobody else is just taking

_of = webhook_deliveries.c
_WAITING = _of.ended_at == 0
_WAITS_FOR_HOOK = (_of.company_id == webhooks.c.company_id, _of.webhook_id == webhooks.c.id, _WAITING)
_SUBSCRIBERS = Prepared(
    select(webhooks.c.id, webhooks.c.dialect, webhooks.c.events, webhooks.c.origin).where(
        webhooks.c.company_id == bindparam("company"), LISTENING
    )
)
_DELETE = Prepared(
    delete(webhook_deliveries).where(_of.company_id == bindparam("company"), _of.client_id == bindparam("client"))
)


@dataclass(frozen=True)
class Policy:
    """How often a message is tried, after which pause first again, and how long one process has it (microseconds)."""

    attempts: int
    first_wait: int
    lease: int


@dataclass(frozen=True)
class Message:
    """A delivery in the hands of a process, which may take as long as the lease until `leased_until` lasts."""

    id: int
    company_id: int
    message_id: str
    event: str
    payload: str = field(repr=False)
    attempts: int
    webhook_id: int
    url: str
    secret: str = field(repr=False)
    leased_until: int
    origin: str = OPERATOR
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: the subscriber's HTTP status, 0 without an answer, and what went wrong."""

    status: int
    reason: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the subscriber took it."""
        return 200 <= self.status < 300

    @property
    def ends_subscription(self) -> bool:
        """Whether the subscriber wants to hear no more (410 Gone)."""
        return self.status == 410


def subscribers(company_id: int) -> Question:
    """Who wants to hear of a company's clients: what `publish` asks."""
    return _SUBSCRIBERS, {"company": company_id}


def has_subscribers(connection: Connection, company_id: int) -> bool:
    """Whether anybody wants to hear of a company's clients."""
    return bool(_SUBSCRIBERS.all(connection, company=company_id))


def publish(
    connection: Connection, company_id: int, event: Event, before: ClientRecord | None, after: ClientRecord | None
) -> None:
    """Queue a message to every subscriber of an event who can see the client, as it now is or else as it last was.

    One in the words of a dialect that is not enabled hears nothing.
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
        heard = not events or event in events.split(",")
        # The caller's own reference knows no other end of a client than its deletion, which comes once.
        is_again = origin == CALLER and event is Event.PURGED and was_deleted
        if view and shown and heard and not is_again:
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
    """The JSON text of a message: what happened, when (microseconds), and JSON text of what it happened to."""
    timestamp = datetime.fromtimestamp(at / SECOND, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return f'{{"type":"{event}","timestamp":"{timestamp}","data":{data}}}'


def is_any_due(connection: Connection, policy: Policy) -> bool:
    """Whether there is something to deliver that no process has in hand."""
    return connection.execute(select(webhooks.c.id).where(_is_due(connection, policy)).limit(1)).first() is not None


def claim(connection: Connection, policy: Policy) -> Message | None:
    """Take the first waiting message of the subscription that is due the longest; None if none is.

    Who dies with a message in hand loses it to another when the lease ends.
    """
    is_due = _is_due(connection, policy)
    due = select(webhooks.c.company_id, webhooks.c.id).where(is_due).order_by(webhooks.c.due_at, webhooks.c.id)
    # Looked for among all companies, and locked within its own: a distributed register locks nothing on several nodes.
    for company_id, webhook_id in connection.execute(due.limit(_CANDIDATES)).all():
        mine = select(webhooks.c.id).where(is_row(webhooks, company_id, webhook_id))
        held = connection.execute(mine.with_for_update(skip_locked=True, key_share=True)).first()
        if held is not None and connection.execute(mine.where(is_due)).first() is not None:
            return _take(connection, company_id, webhook_id, policy)
    return None


def record_outcome(
    connection: Connection, message: Message, outcome: Outcome, policy: Policy, goes_on: bool = True
) -> Message | None:
    """Write down what came of an attempt; the subscription's next message, if this process `goes_on` with it.

    After a failure the subscription rests, each time longer, and begins with the same message again, until that was
    tried often enough and is dead. A process that has lost its lease counts for nothing but a success.
    """
    attempts = message.attempts + 1
    is_dead = not outcome.is_success and (outcome.ends_subscription or attempts >= policy.attempts)
    pause = 0 if outcome.is_success else policy.first_wait if is_dead else _pause(attempts, policy)
    has_lease = _release_lease(connection, message, pause)
    if not has_lease and not outcome.is_success:
        return None
    values: dict[str, Any] = {"attempts": attempts, "last_error": outcome.reason[:_MAX_REASON]}
    if outcome.is_success or is_dead:
        values |= {"ended_at": now(), "is_dead": is_dead}
    if outcome.is_success and message.event == Event.PURGED:
        values["payload"] = ""  # of an erased client nothing is kept longer than needed
    mine = is_row(webhook_deliveries, message.company_id, message.id)
    connection.execute(update(webhook_deliveries).where(mine, _WAITING).values(values))
    if outcome.ends_subscription:
        end_subscription(connection, message.company_id, message.webhook_id, "The subscriber said it is gone (410).")
    if not (has_lease and goes_on and outcome.is_success):
        return None
    return _take(connection, message.company_id, message.webhook_id, policy)


def release(connection: Connection, message: Message) -> None:
    """Give back a message that was not tried."""
    _release_lease(connection, message, 0)


def replay(
    connection: Connection,
    company_id: int,
    delivery_id: int | None = None,
    since: int = 0,
    only_dead: bool = False,
    webhook_id: int | None = None,
) -> int:
    """Have what was delivered, or given up, delivered once more under its old name; how many messages.

    Messages to a disabled, archived or deleted subscription stay as they are, and so do those whose text was removed.
    """
    enabled = select(webhooks.c.id).where(webhooks.c.company_id == company_id, LISTENING)
    locked = connection.execute(enabled.order_by(webhooks.c.id).with_for_update(key_share=True)).scalars().all()
    chosen = [_of.company_id == company_id, _of.webhook_id.in_(locked), ~_WAITING, _of.payload != ""]
    chosen += [_of.created_at >= since] if since else []
    chosen += [_of.id == delivery_id] if delivery_id is not None else []
    chosen += [_of.webhook_id == webhook_id] if webhook_id is not None else []
    chosen += [_of.is_dead] if only_dead else []
    again = update(webhook_deliveries).where(*chosen).values(ended_at=0, is_dead=False, attempts=0, last_error="")
    hooks = connection.execute(again.returning(_of.webhook_id)).scalars().all()
    replayed = webhooks.c.company_id == company_id, webhooks.c.id.in_(set(hooks))
    connection.execute(update(webhooks).where(*replayed).values(due_at=0))
    return len(hooks)


def listed(
    connection: Connection, company_id: int, only_dead: bool = False, webhook_id: int | None = None, size: int = 50
) -> list[DeliveryRecord]:
    """A company's deliveries without what they say, the newest first."""
    columns = [column for column in _of if column.name != "payload"]
    statement = select(*columns).where(_of.company_id == company_id)
    if only_dead:
        statement = statement.where(_of.is_dead)
    if webhook_id is not None:
        statement = statement.where(_of.webhook_id == webhook_id)
    return rows(DeliveryRecord, connection, statement.order_by(_of.id.desc()).limit(size))


def newest_id(connection: Connection, company_id: int) -> int:
    """The id of a company's newest delivery, 0 if it has none."""
    newest = select(_of.id).where(_of.company_id == company_id).order_by(_of.id.desc()).limit(1)
    return int(connection.execute(newest).scalar() or 0)


def following(connection: Connection, company_id: int, after_id: int, ids: Sequence[int]) -> list[DeliveryRecord]:
    """A company's deliveries beyond an id, and those of these ids, without what they say, the oldest first."""
    columns = [column for column in _of if column.name != "payload"]
    mine = select(*columns).where(_of.company_id == company_id, or_(_of.id > after_id, _of.id.in_(ids)))
    return rows(DeliveryRecord, connection, mine.order_by(_of.id).limit(_MAX_FOLLOWED))


def delete_for_client(connection: Connection, company_id: int, client_id: int) -> None:
    """Remove all messages about a client, sent or not."""
    _DELETE.run(connection, company=company_id, client=client_id)


def withdraw(connection: Connection, company_id: int, webhook_id: int) -> None:
    """Remove what waits to be delivered to a subscriber."""
    connection.execute(delete(webhook_deliveries).where(*_waits_for(company_id, webhook_id)))


def is_any_older(connection: Connection, kept: int) -> bool:
    """Whether a delivery ended longer than `kept` microseconds ago."""
    return connection.execute(_older(kept).limit(1)).first() is not None


def delete_older(connection: Connection, kept: int) -> None:
    """Remove some deliveries that ended longer than `kept` microseconds ago."""
    old = connection.execute(_older(kept).limit(_DELETE_BATCH))
    delete_rows(connection, webhook_deliveries, [(row.company_id, row.id) for row in old])


def _older(kept: int) -> Select[Any]:
    old = _of.ended_at > 0, _of.ended_at < now() - kept
    return select(_of.company_id, _of.id).where(*old).order_by(_of.ended_at)


def _is_due(connection: Connection, policy: Policy) -> ColumnElement[bool]:
    at, has_waiting = database_now(connection), exists().where(*_WAITS_FOR_HOOK)
    rested = or_(webhooks.c.due_at <= at, webhooks.c.due_at > DatabaseNow() + _longest_pause(policy))
    is_free = or_(webhooks.c.leased_until <= at, webhooks.c.leased_until > DatabaseNow() + policy.lease)
    return and_(LISTENING, rested, is_free, has_waiting)


def _longest_pause(policy: Policy) -> ColumnElement[int]:
    """How long a subscription can rest, by how often its next message was tried."""
    attempts = select(_of.attempts).where(*_WAITS_FOR_HOOK).order_by(_of.id).limit(1)
    pauses = (int(_pause_after(tried, policy) * _JITTER[1]) for tried in range(policy.attempts + 1))
    return case(
        {tried: literal(pause, BigInteger) for tried, pause in enumerate(pauses)},
        value=attempts.scalar_subquery(),
        else_=literal(0, BigInteger),
    )


def _take(connection: Connection, company_id: int, webhook_id: int, policy: Policy) -> Message | None:
    """The first waiting message of a subscription that this transaction holds."""
    hook = (webhooks.c[name] for name in ("url", "secret", "origin", "method", "headers"))
    columns = (_of.id, _of.company_id, _of.message_id, _of.event, _of.payload, _of.attempts, *hook)
    of_hook = and_(webhooks.c.company_id == _of.company_id, webhooks.c.id == _of.webhook_id)
    waiting = select(*columns).join(webhooks, of_hook).where(*_waits_for(company_id, webhook_id))
    first = waiting.order_by(_of.id).limit(1)
    row = connection.execute(first).mappings().first()
    if row is None:
        return None
    leased_until = database_now(connection) + policy.lease
    leased = update(webhooks).where(is_row(webhooks, company_id, webhook_id))
    connection.execute(leased.values(leased_until=leased_until))
    return Message(**row, webhook_id=webhook_id, leased_until=leased_until)


def _release_lease(connection: Connection, message: Message, pause: int) -> bool:
    """End the lease and let the subscription rest so long; whether this process still had the lease."""
    mine = is_row(webhooks, message.company_id, message.webhook_id)
    leased = update(webhooks).where(mine, webhooks.c.leased_until == message.leased_until)
    released = leased.values(leased_until=0, due_at=database_now(connection) + pause)
    return connection.execute(released).rowcount == 1


def _waits_for(company_id: int, webhook_id: int) -> tuple[ColumnElement[bool], ...]:
    return _of.company_id == company_id, _of.webhook_id == webhook_id, _WAITING


def _pause(attempts: int, policy: Policy) -> int:
    return int(_pause_after(attempts, policy) * random.uniform(*_JITTER))  # noqa: S311 (jitter, no secret)


def _pause_after(attempts: int, policy: Policy) -> int:
    return min(policy.first_wait << 2 * max(0, attempts - 1), _MAX_PAUSE)


def end_subscription(connection: Connection, company_id: int, webhook_id: int, reason: str) -> None:
    """Send nothing any more; what waits is dead, for this reason.

    A webhook that a caller has made is archived, which the caller can see, and any other disabled.
    """
    mine = update(webhooks).where(is_row(webhooks, company_id, webhook_id))
    connection.execute(mine.where(webhooks.c.origin != CALLER).values(disabled_at=now()))
    archived = {"archived_at": now(), "updated_at": moved_on(webhooks)}
    connection.execute(mine.where(webhooks.c.origin == CALLER).values(archived))
    waiting = update(webhook_deliveries).where(*_waits_for(company_id, webhook_id))
    connection.execute(waiting.values(ended_at=now(), is_dead=True, last_error=reason))
