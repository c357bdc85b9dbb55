"""Work that waits for a server process to do it, over all companies: what an operator wants to be woken for."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from core.clock import now
from core.models import discarded_objects as discarded
from core.models import outbox


@dataclass(frozen=True)
class Backlog:
    """How many pieces wait, how many of these have failed before, and since when the oldest waits (0 if none)."""

    waiting: int
    failing: int
    oldest_at: int


def measured(connection: Connection) -> Mapping[str, Backlog]:
    """Every kind of work by its name."""
    return {"mail": _mail(connection), "erasure": _erasure(connection)}


def _mail(connection: Connection) -> Backlog:
    statement = select(
        func.count(),
        func.count().filter(outbox.c.last_error != ""),
        func.coalesce(func.min(outbox.c.created_at), 0),
    ).where(outbox.c.sent_at == 0)
    return Backlog(*connection.execute(statement).one())


def _erasure(connection: Connection) -> Backlog:
    # Uploads under way are noted as well, due later than now; what is due and not swept waits since it was due.
    statement = select(func.count(), func.coalesce(func.min(discarded.c.due_at), 0))
    count, oldest_at = connection.execute(statement.where(discarded.c.due_at <= now())).one()
    return Backlog(count, 0, oldest_at)
