"""Subscriptions to changes of a company's clients: address, dialect, events, and the secret for signatures.

The secret is stored in plain text, because signing needs it; it is shown once, when the subscription is made. This
module is for operators; `core.events.caller_webhooks` is for callers of an API, `core.events.team_webhooks` for team
users.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Connection, ScalarSelect, and_, delete, func, insert, select, update

from core.database.rows import first_row, is_row, rows
from core.database.timestamps import next_updated_at
from core.errors import NotFound, Problem, RegisterError, Rejected
from core.models import webhook_deliveries, webhooks
from core.models.operating_records import WebhookRecord
from core.models.records import with_values
from core.text.clock import now
from core.text.secrets import signing_secret

MAX_URL = 2000

OPERATOR, CALLER, TEAM = "operator", "caller", "team"
"""Who chose the address of a webhook: an operator on the command line, a caller of an API, or a team user."""

IS_ACTIVE = and_(webhooks.c.disabled_at == 0, webhooks.c.archived_at == 0, webhooks.c.deleted_at == 0)
"""The condition that a webhook is active."""

_of = webhook_deliveries.c


class Event(StrEnum):
    """An event that a subscriber can receive."""

    CREATED = "client.created"
    UPDATED = "client.updated"
    ARCHIVED = "client.archived"
    RESTORED = "client.restored"
    DELETED = "client.deleted"
    PURGED = "client.purged"
    MERGED = "client.merged"


class CreatedByIntegration(RegisterError):
    """The webhook was created by a caller of an API, and only a caller may change it."""

    def __init__(self, webhook_id: int) -> None:
        super().__init__(f"webhook {webhook_id} was created by an integration, and only integrations can change it")


def add(
    connection: Connection,
    company_id: int,
    url: str,
    dialect: str,
    events: Sequence[Event] = (),
    origin: str = OPERATOR,
) -> WebhookRecord:
    """Subscribe a URL to these events, or to all, and return the subscription with its secret. Raises `Rejected`."""
    check_url(url)
    at = now()
    row = {
        "company_id": company_id,
        "url": url,
        "dialect": dialect,
        "events": ",".join(events),
        "secret": signing_secret(),
        "origin": origin,
        "created_at": at,
        "updated_at": at,
    }
    webhook_id = connection.execute(insert(webhooks).values(row).returning(webhooks.c.id)).scalar_one()
    return with_values(WebhookRecord(id=webhook_id), row)


def get(connection: Connection, company_id: int, webhook_id: int) -> WebhookRecord:
    """Return one subscription, with its secret. Raises `NotFound`."""
    mine = (webhooks.c.company_id == company_id, webhooks.c.id == webhook_id)
    row = first_row(WebhookRecord, connection, select(webhooks).where(*mine))
    if row is None:
        raise NotFound("webhook")
    return row


def change(
    connection: Connection, company_id: int, webhook_id: int, changes: Mapping[str, str], origin: str = OPERATOR
) -> None:
    """Change the `url`, `dialect` or `events` (comma-separated, "" for all) of a subscription.

    Waiting messages are tried at once. A changed address sets the origin of the subscription to `origin`. Raises
    `NotFound`, `CreatedByIntegration` and `Rejected`.
    """
    if get(connection, company_id, webhook_id)["origin"] == CALLER:
        raise CreatedByIntegration(webhook_id)
    if "url" in changes:
        check_url(changes["url"])
        changes = {**changes, "origin": origin}
    values = {**changes, "due_at": 0, "updated_at": next_updated_at(webhooks)}
    connection.execute(update(webhooks).where(is_row(webhooks, company_id, webhook_id)).values(values))


def secrets(connection: Connection, company_id: int | None = None) -> dict[int, str]:
    """Return the secrets of a company's subscriptions, or of all, by id; those without one are left out."""
    wanted = select(webhooks.c.id, webhooks.c.secret).where(webhooks.c.secret != "")
    if company_id is not None:
        wanted = wanted.where(webhooks.c.company_id == company_id)
    return {row.id: row.secret for row in connection.execute(wanted)}


def remove(connection: Connection, company_id: int, webhook_id: int) -> None:
    """Remove a subscription with its waiting messages. Raises `NotFound`."""
    get(connection, company_id, webhook_id)
    connection.execute(delete(webhooks).where(is_row(webhooks, company_id, webhook_id)))


def enable(connection: Connection, company_id: int, webhook_id: int) -> None:
    """Enable a disabled subscription. Raises `NotFound`, also if its creator has deleted it."""
    if get(connection, company_id, webhook_id)["deleted_at"]:
        raise NotFound("webhook")
    values = {"disabled_at": 0, "archived_at": 0, "due_at": 0, "updated_at": next_updated_at(webhooks)}
    connection.execute(update(webhooks).where(is_row(webhooks, company_id, webhook_id)).values(values))


def list_all(connection: Connection, company_id: int) -> list[WebhookRecord]:
    """Return the company's subscriptions without secrets, with the number of `waiting` and `dead` deliveries."""
    columns = [column for column in webhooks.columns if column.name not in ("secret", "headers")]
    waiting, dead = _count(_of.ended_at == 0), _count(_of.is_dead)
    statement = select(*columns, waiting.label("waiting"), dead.label("dead"))
    statement = statement.where(webhooks.c.company_id == company_id).order_by(webhooks.c.id)
    return rows(WebhookRecord, connection, statement)


def _count(condition: ColumnElement[bool]) -> ScalarSelect[int]:
    mine = _of.company_id == webhooks.c.company_id, _of.webhook_id == webhooks.c.id
    return select(func.count()).where(*mine, condition).scalar_subquery()


def check_url(url: str) -> None:
    """Raise `Rejected` for a text that cannot be the address of a webhook."""
    if len(url) > MAX_URL:
        raise Rejected(Problem("url", "max", {"max": MAX_URL}))
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    # Every list would show a password in the URL; subscribers verify the signature instead.
    if not is_good or not url.isascii() or not url.isprintable() or " " in url or "@" in parts.netloc or parts.fragment:
        raise Rejected(Problem("url", "url"))
