"""Work that waits for a server process to do it, over all companies: what an operator wants to be woken for."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from core.database.timestamps import database_now
from core.events.webhooks import LISTENING
from core.models import discarded_objects as discarded
from core.models import outbox, webhooks
from core.models import webhook_deliveries as deliveries


@dataclass(frozen=True)
class Backlog:
    """How many pieces wait, how many of these have failed before, and since when the oldest waits (0 if none).

    `dead` are those that failed so often that they are not tried again.
    """

    waiting: int
    failing: int
    oldest_at: int
    dead: int = 0


def measured(connection: Connection) -> Mapping[str, Backlog]:
    """Every kind of work by its name."""
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
    # By way of the subscriptions, whose index finds what waits among all that was ever delivered.
    statement = (
        select(
            func.count(),
            func.count().filter(deliveries.c.attempts > 0),
            func.coalesce(func.min(deliveries.c.created_at), 0),
        )
        .join_from(webhooks, deliveries, of_hook)
        .where(LISTENING, deliveries.c.ended_at == 0)
    )
    waiting, failing, oldest_at = connection.execute(statement).one()
    return Backlog(waiting, failing, oldest_at, connection.execute(dead).scalar_one())


def _erasure(connection: Connection) -> Backlog:
    # Uploads under way are noted as well, due later than now; what is due and not swept waits since it was due.
    statement = select(func.count(), func.coalesce(func.min(discarded.c.due_at), 0))
    count, oldest_at = connection.execute(statement.where(discarded.c.due_at <= database_now(connection))).one()
    return Backlog(count, 0, oldest_at)
