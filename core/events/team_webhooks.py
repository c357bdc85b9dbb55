"""Webhooks as a team sees and changes them on the pages, and the messages to each of them.

A team user chooses an address as a caller of an API does: it leads only where `core.events.targets` allows. Messages
are those of an operator's webhooks: signed, in an envelope, in the chosen dialect.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, select

from core.access import companies
from core.database.rows import first_row, rows
from core.database.timestamps import database_now
from core.errors import NotFound, Problem, Rejected
from core.events import deliveries, webhooks
from core.events.caller_webhooks import MAX_WEBHOOKS
from core.events.page_cursors import PageCursor, rows_after
from core.events.webhooks import CALLER, TEAM, CreatedByIntegration, Event
from core.models import webhook_deliveries
from core.models import webhooks as table
from core.models.operating_records import DeliveryRecord, WebhookRecord

_of = webhook_deliveries.c
_COLUMNS = [column for column in _of if column.name != "payload"]


def list_all(connection: Connection, company_id: int) -> list[WebhookRecord]:
    """Return the company's webhooks like `webhooks.list_all`, without those that integrations have deleted."""
    return [each for each in webhooks.list_all(connection, company_id) if not each["deleted_at"]]


def get(connection: Connection, company_id: int, webhook_id: int) -> WebhookRecord:
    """Return one webhook. Raises `NotFound`."""
    found = next((each for each in list_all(connection, company_id) if each["id"] == webhook_id), None)
    if found is None:
        raise NotFound("webhook")
    return found


def add(connection: Connection, company_id: int, url: str, dialect: str, events: Sequence[Event] = ()) -> WebhookRecord:
    """Subscribe a URL to these events, or to all, and return the subscription with its secret. Raises `Rejected`."""
    companies.lock(connection, company_id)
    mine = select(func.count()).where(table.c.company_id == company_id, table.c.origin == TEAM)
    if connection.execute(mine).scalar_one() >= MAX_WEBHOOKS:
        raise Rejected(Problem("url", "webhooks", {"max": MAX_WEBHOOKS}))
    return webhooks.add(connection, company_id, url, dialect, events, origin=TEAM)


def change(connection: Connection, company_id: int, webhook_id: int, changes: Mapping[str, str]) -> None:
    """Change those of `url`, `dialect` and `events` that differ. With a changed address, the webhook becomes the
    team's.

    Raises `NotFound`, `CreatedByIntegration` and `Rejected`.
    """
    known = get(connection, company_id, webhook_id)
    if known["origin"] == CALLER:
        raise CreatedByIntegration(webhook_id)
    differing = {name: value for name, value in changes.items() if known[name] != value}  # type: ignore[literal-required]
    if differing:
        webhooks.change(connection, company_id, webhook_id, differing, origin=TEAM)


def disable(connection: Connection, company_id: int, webhook_id: int) -> None:
    """Send nothing until `webhooks.enable`; waiting messages count as failed. Raises `NotFound`."""
    if not is_inactive(get(connection, company_id, webhook_id)):
        deliveries.end_subscription(connection, company_id, webhook_id, "The webhook was disabled.")


def is_inactive(webhook: WebhookRecord) -> bool:
    """Return whether nothing is sent to a webhook any more."""
    return bool(webhook["disabled_at"] or webhook["archived_at"])


def waiting(connection: Connection, company_id: int, webhook_id: int, size: int) -> list[DeliveryRecord]:
    """Return the first messages that wait for a webhook, in the order of sending, without their text."""
    mine = select(*_COLUMNS).where(_of.company_id == company_id, _of.webhook_id == webhook_id, _of.ended_at == 0)
    return rows(DeliveryRecord, connection, mine.order_by(_of.id).limit(size))


def ended(
    connection: Connection, company_id: int, webhook_id: int, cursor: PageCursor | None, size: int
) -> list[DeliveryRecord]:
    """Return messages to a webhook that were delivered or are dead, latest first, without their text."""
    mine = select(*_COLUMNS).where(_of.company_id == company_id, _of.webhook_id == webhook_id, _of.ended_at > 0)
    mine = mine.where(*rows_after(cursor, _of.ended_at, _of.id))
    return rows(DeliveryRecord, connection, mine.order_by(_of.ended_at.desc(), _of.id.desc()).limit(size))


def of_company(connection: Connection, company_id: int, before_id: int | None, size: int) -> list[DeliveryRecord]:
    """Return the newest messages of all webhooks, before an id if given, newest first, without their text."""
    mine = select(*_COLUMNS).where(_of.company_id == company_id)
    if before_id is not None:
        mine = mine.where(_of.id < before_id)
    return rows(DeliveryRecord, connection, mine.order_by(_of.id.desc()).limit(size))


def delivery(connection: Connection, company_id: int, delivery_id: int) -> DeliveryRecord:
    """Return one message with its text. Raises `NotFound`."""
    mine = select(webhook_deliveries).where(_of.company_id == company_id, _of.id == delivery_id)
    found = first_row(DeliveryRecord, connection, mine)
    if found is None:
        raise NotFound("delivery")
    return found


def next_try(connection: Connection, webhook: WebhookRecord) -> int:
    """Return the time of the next attempt of the first waiting message (microseconds); 0 for as soon as possible."""
    return webhook["due_at"] if webhook["due_at"] > database_now(connection) else 0
