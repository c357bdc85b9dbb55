"""Typed records of everything but clients: companies, access, usage and events."""

from typing import Any, TypedDict

from core.models.records import Row
from core.query import StoredRecord


class CompanyRecord(TypedDict, total=False):
    """A company."""

    id: int
    name: str
    currency_id: str
    next_number: int
    number_prefix: str
    number_suffix: str
    number_width: int
    created_at: int
    updated_at: int


class UserRecord(Row, total=False):
    """A team user, with the company's name if it was read by a key."""

    first_name: str
    last_name: str
    email: str
    email_key: str
    password_hash: str
    created_at: int
    updated_at: int
    disabled_at: int
    role: str
    company_name: str


class KeyRecord(Row, total=False):
    """A key of a team user, with the user's `email`; `last_used_at` is 0 for a key that was never used."""

    user_id: int
    name: str
    digest: str
    edition: str
    scope: str
    dialect: str
    networks: str
    expires_at: int
    replaced_by: int
    created_at: int
    revoked_at: int
    email: str
    user_disabled_at: int
    last_used_at: int


class UsageRecord(TypedDict, total=False):
    """The `calls` and `errors` of a key on a route, or of a dialect on a `day`."""

    token_id: int
    key: str
    email: str
    revoked_at: int
    day: int
    dialect: str
    method: str
    route: str
    calls: int
    errors: int
    first_at: int
    last_at: int


class UsageNameRecord(TypedDict, total=False):
    """A name that a key sent to an operation; see `core.access.usage_names.UsedName`."""

    company: str
    token_id: int
    key: str
    email: str
    revoked_at: int
    dialect: str
    method: str
    route: str
    kind: str
    name: str
    first_at: int
    last_at: int


class WebhookRecord(Row, total=False):
    """A subscription to events; in lists with the numbers of `waiting` and `dead` deliveries."""

    url: str
    dialect: str
    events: str
    secret: str
    created_at: int
    disabled_at: int
    due_at: int
    leased_until: int
    origin: str
    method: str
    headers: dict[str, Any]
    user_id: int
    updated_at: int
    archived_at: int
    deleted_at: int
    waiting: int
    dead: int


class DeliveryRecord(Row, total=False):
    """A message of a webhook."""

    webhook_id: int
    client_id: int
    event: str
    message_id: str
    payload: str
    created_at: int
    ended_at: int
    is_dead: bool
    attempts: int
    last_error: str


class ActivityRecord(Row, total=False):
    """An activity; in lists with the user and the key, None for the command line."""

    client_id: int
    user_id: int
    token_id: int
    dialect: str
    kind: str
    before: dict[str, Any]
    after: dict[str, Any]
    created_at: int
    user_email: str | None
    token_name: str | None


class MailRecord(Row, total=False):
    """A mail, waiting or sent."""

    client_id: int | None
    recipient: str
    subject: str
    body: str
    created_at: int
    sent_at: int
    due_at: int
    attempts: int
    last_error: str


StoredWebhook = StoredRecord[WebhookRecord]
