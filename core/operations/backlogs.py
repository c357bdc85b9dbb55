"""Measures the pending work of the servers, over all companies, for an operator's alerts."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from core.database.timestamps import database_now
from core.events.webhooks import IS_ACTIVE
from core.models import discarded_objects as discarded
from core.models import outbox, webhooks
from core.models import webhook_deliveries as deliveries


@dataclass(frozen=True)
class Backlog:
    """Pending work of one kind: items `waiting`, those of them that have failed before, and the time of the oldest.

    `oldest_at` is in microseconds, 0 if nothing waits. `dead` items failed so often that they are not tried again.
    """

    waiting: int
    failing: int
    oldest_at: int
    dead: int = 0


def measure(connection: Connection) -> Mapping[str, Backlog]:
    """Return the backlog of every kind of work by its name."""
    return {"mail": _mail(connection), "webhook": _webhooks(connection), "erasure": _erasure(connection)}


def _mail(connection: Connection) -> Backlog:
    statement = select(
        func.count(),
        func.count().filter(outbox.c.last_error != ""),
        func.coalesce(func.min(outbox.c.created_at), 0),
    ).where(outbox.c.sent_at == 0)
    return Backlog(*connection.execute(statement).one())


def _webhooks(connection: Connection) -> Backlog:
    dead = select(func.count()).where(deliveries.c.ended_at > 0, deliveries.c.is_dead)
    of_hook = and_(webhooks.c.company_id == deliveries.c.company_id, webhooks.c.id == deliveries.c.webhook_id)
    # Through the subscriptions, whose index finds waiting messages among all deliveries.
    statement = (
        select(
            func.count(),
            func.count().filter(deliveries.c.attempts > 0),
            func.coalesce(func.min(deliveries.c.created_at), 0),
        )
        .join_from(webhooks, deliveries, of_hook)
        .where(IS_ACTIVE, deliveries.c.ended_at == 0)
    )
    waiting, failing, oldest_at = connection.execute(statement).one()
    return Backlog(waiting, failing, oldest_at, connection.execute(dead).scalar_one())


def _erasure(connection: Connection) -> Backlog:
    # Uploads in progress are recorded too, but are not due yet. What is due has waited since `due_at`.
    statement = select(func.count(), func.coalesce(func.min(discarded.c.due_at), 0))
    count, oldest_at = connection.execute(statement.where(discarded.c.due_at <= database_now(connection))).one()
    return Backlog(count, 0, oldest_at)
