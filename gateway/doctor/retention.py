"""Reports how long records are stored, and how many a server would delete now."""

from collections.abc import Iterator

from sqlalchemy import Connection

from core.operations import retention
from core.operations.retention import RecordCounts
from gateway.doctor.finding import Finding, ok
from gateway.settings import Settings

_WORDS = {
    "activities": ("activities", "GATEWAY_ACTIVITIES_KEEP_DAYS"),
    "outbox": ("mails", "GATEWAY_OUTBOX_KEEP_DAYS"),
    "deliveries": ("webhook deliveries", "GATEWAY_WEBHOOK_KEEP_DAYS"),
    "changes": ("changes", "GATEWAY_CHANGES_KEEP_DAYS"),
    "usage": ("rows of usage", "GATEWAY_USAGE_DAYS"),
}


def examine(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """Yield one finding for each kind, always without a problem."""
    days = {
        "activities": settings.activities_keep_days or None,
        "outbox": settings.outbox_keep_days or None,
        "deliveries": settings.webhook_keep_days,
        "changes": settings.changes_keep_days,
        "usage": settings.usage_days or None,
    }
    for kind, counts in retention.counted(connection, days).items():
        things, name = _WORDS[kind]
        yield ok(f"kept {kind}", f"{counts.stored} {things}, {_retention_in_words(kind, days[kind], counts)} ({name}).")


def _retention_in_words(kind: str, days: float | None, counts: RecordCounts) -> str:
    if days is None:
        return "kept for ever" if kind != "usage" else "not recorded and not removed"
    since = {"outbox": " after it was sent", "deliveries": " after they ended"}.get(kind, "")
    return f"kept for {days:g} days{since}; a server removes {counts.older} of them"
