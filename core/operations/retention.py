"""Retention: counts the records with a limited lifetime, and those of them that servers would delete."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, func, select

from core.access.usage import DAY, day_of
from core.events.change_log import FLOOR
from core.models import activities, changes, outbox, usage_days, usage_names, webhook_deliveries
from core.text.clock import now


@dataclass(frozen=True)
class RecordCounts:
    """How many records of a kind are stored, and how many of them are older than their retention."""

    stored: int
    older: int


def counted(connection: Connection, days: Mapping[str, float | None]) -> Mapping[str, RecordCounts]:
    """Return the counts of every kind in `days`, which gives its retention; None for ever.

    The kinds are `activities`, `outbox`, `deliveries`, `changes` and `usage`.
    """
    return {kind: _counts(connection, kind, retention) for kind, retention in days.items()}


def _counts(connection: Connection, kind: str, days: float | None) -> RecordCounts:
    if kind == "usage":
        limit = 0 if days is None else day_of(now()) - int((days - 1) * DAY)
        tables = [(usage_days, usage_days.c.day < limit), (usage_names, usage_names.c.last_at < limit)]
    else:
        limit = 0 if days is None else now() - int(days * DAY)
        tables = [_EVENTS[kind](limit)]
    parts = [_counted(connection, table, old) for table, old in tables]
    return RecordCounts(sum(each.stored for each in parts), sum(each.older for each in parts))


_Old = tuple[Table, ColumnElement[bool]]


def _ended_condition(table: Table, name: str, limit: int) -> _Old:
    return table, (table.c[name] > 0) & (table.c[name] < limit)


_EVENTS: Mapping[str, Callable[[int], _Old]] = {
    "activities": lambda limit: _ended_condition(activities, "created_at", limit),
    "outbox": lambda limit: _ended_condition(outbox, "sent_at", limit),
    "deliveries": lambda limit: _ended_condition(webhook_deliveries, "ended_at", limit),
    "changes": lambda limit: (changes, (changes.c.kind != FLOOR) & (changes.c.created_at < limit)),
}


def _counted(connection: Connection, table: Table, old: ColumnElement[bool]) -> RecordCounts:
    row = connection.execute(select(func.count(), func.count().filter(old)).select_from(table)).one()
    return RecordCounts(int(row[0]), int(row[1]))
