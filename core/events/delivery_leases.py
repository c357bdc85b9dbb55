"""Leases of subscriptions: one process at a time sends a subscription's messages, in their order, and retries them.

So a subscriber receives a client's changes in their order, and a slow or absent subscriber does not delay others.
Leases and pauses use the database's clock. One that ends later than is possible began while that clock was ahead, and
counts as ended.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, exists, literal, or_, select, update

from core.database.rows import is_row
from core.database.timestamps import DatabaseNow, database_now
from core.events.deliveries import IS_WAITING, end_subscription, waits_for
from core.events.webhooks import IS_ACTIVE, OPERATOR, Event
from core.models import webhook_deliveries, webhooks
from core.text.clock import SECOND, now

_of = webhook_deliveries.c

_MAX_PAUSE = 2 * 3600 * SECOND
_JITTER = 0.75, 1.25
_MAX_REASON = 500
_CANDIDATES = 50  # other processes may be claiming some of them
_WAITS_FOR_HOOK = (_of.company_id == webhooks.c.company_id, _of.webhook_id == webhooks.c.id, IS_WAITING)


@dataclass(frozen=True)
class Policy:
    """The number of attempts of a message, the first pause, and the length of a lease (both in microseconds)."""

    attempts: int
    first_wait: int
    lease: int


@dataclass(frozen=True)
class Message:
    """A delivery that a process has leased, until `leased_until`."""

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
    """The outcome of an attempt: the subscriber's HTTP status, 0 without an answer, and what went wrong."""

    status: int
    reason: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the subscriber accepted the message."""
        return 200 <= self.status < 300

    @property
    def ends_subscription(self) -> bool:
        """Whether the subscriber wants no more messages (410 Gone)."""
        return self.status == 410


def is_any_due(connection: Connection, policy: Policy) -> bool:
    """Return whether there is a message to deliver that no process has leased."""
    return connection.execute(select(webhooks.c.id).where(_is_due(connection, policy)).limit(1)).first() is not None


def claim(connection: Connection, policy: Policy) -> Message | None:
    """Lease the subscription that has been due longest, and return its first waiting message; None if none is due.

    If the process dies, another one takes over when the lease ends.
    """
    is_due = _is_due(connection, policy)
    due = select(webhooks.c.company_id, webhooks.c.id).where(is_due).order_by(webhooks.c.due_at, webhooks.c.id)
    # Found among all companies, but locked by its own: a distributed register cannot lock rows of several nodes.
    for company_id, webhook_id in connection.execute(due.limit(_CANDIDATES)).all():
        mine = select(webhooks.c.id).where(is_row(webhooks, company_id, webhook_id))
        locked = connection.execute(mine.with_for_update(skip_locked=True, key_share=True)).first()
        if locked is not None and connection.execute(mine.where(is_due)).first() is not None:
            return _take(connection, company_id, webhook_id, policy)
    return None


def record_outcome(
    connection: Connection, message: Message, outcome: Outcome, policy: Policy, goes_on: bool = True
) -> Message | None:
    """Record the outcome of an attempt. Return the subscription's next message, if this process `goes_on` with it.

    After a failure the subscription pauses, longer each time, and tries the same message again, until that has failed
    too often and is dead. If the process has lost its lease, only a success is recorded.
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
        values["payload"] = ""  # data of a purged client is not kept longer than needed
    mine = is_row(webhook_deliveries, message.company_id, message.id)
    connection.execute(update(webhook_deliveries).where(mine, IS_WAITING).values(values))
    if outcome.ends_subscription:
        end_subscription(connection, message.company_id, message.webhook_id, "The subscriber answered 410 Gone.")
    if not (has_lease and goes_on and outcome.is_success):
        return None
    return _take(connection, message.company_id, message.webhook_id, policy)


def release(connection: Connection, message: Message) -> None:
    """Give back a message that was not tried."""
    _release_lease(connection, message, 0)


def _is_due(connection: Connection, policy: Policy) -> ColumnElement[bool]:
    at, has_waiting = database_now(connection), exists().where(*_WAITS_FOR_HOOK)
    rested = or_(webhooks.c.due_at <= at, webhooks.c.due_at > DatabaseNow() + _longest_pause(policy))
    is_free = or_(webhooks.c.leased_until <= at, webhooks.c.leased_until > DatabaseNow() + policy.lease)
    return and_(IS_ACTIVE, rested, is_free, has_waiting)


def _longest_pause(policy: Policy) -> ColumnElement[int]:
    """Return the longest pause of a subscription, by the number of attempts of its next message."""
    attempts = select(_of.attempts).where(*_WAITS_FOR_HOOK).order_by(_of.id).limit(1)
    pauses = (int(_pause_after(tried, policy) * _JITTER[1]) for tried in range(policy.attempts + 1))
    return case(
        {tried: literal(pause, BigInteger) for tried, pause in enumerate(pauses)},
        value=attempts.scalar_subquery(),
        else_=literal(0, BigInteger),
    )


def _take(connection: Connection, company_id: int, webhook_id: int, policy: Policy) -> Message | None:
    """Return the first waiting message of a subscription that this transaction has locked."""
    hook = (webhooks.c[name] for name in ("url", "secret", "origin", "method", "headers"))
    columns = (_of.id, _of.company_id, _of.message_id, _of.event, _of.payload, _of.attempts, *hook)
    of_hook = and_(webhooks.c.company_id == _of.company_id, webhooks.c.id == _of.webhook_id)
    waiting = select(*columns).join(webhooks, of_hook).where(*waits_for(company_id, webhook_id))
    first = waiting.order_by(_of.id).limit(1)
    row = connection.execute(first).mappings().first()
    if row is None:
        return None
    leased_until = database_now(connection) + policy.lease
    leased = update(webhooks).where(is_row(webhooks, company_id, webhook_id))
    connection.execute(leased.values(leased_until=leased_until))
    return Message(**row, webhook_id=webhook_id, leased_until=leased_until)


def _release_lease(connection: Connection, message: Message, pause: int) -> bool:
    """End the lease and pause the subscription. Return whether this process still had the lease."""
    mine = is_row(webhooks, message.company_id, message.webhook_id)
    leased = update(webhooks).where(mine, webhooks.c.leased_until == message.leased_until)
    released = leased.values(leased_until=0, due_at=database_now(connection) + pause)
    return connection.execute(released).rowcount == 1


def _pause(attempts: int, policy: Policy) -> int:
    return int(_pause_after(attempts, policy) * random.uniform(*_JITTER))  # noqa: S311 (jitter, no secret)


def _pause_after(attempts: int, policy: Policy) -> int:
    return min(policy.first_wait << 2 * max(0, attempts - 1), _MAX_PAUSE)
