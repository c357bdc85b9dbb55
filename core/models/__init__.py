"""The tables. Times are microseconds since the epoch, 0 for none; amounts of money are millionths.

Text is never NULL: the register knows one kind of empty text, and each dialect shows it in its own way. Every row
belongs to a company, and `company_id` leads every secondary index.
"""

from core.models.access import (
    companies,
    idempotency_keys,
    login_guesses,
    password_guesses,
    request_accounts,
    sessions,
    tokens,
    usage_days,
    usage_names,
    used_forms,
    users,
)
from core.models.columns import metadata
from core.models.derived import client_counts, client_renderings, client_search, rendering_walks
from core.models.events import activities, changes, merged_clients, outbox, webhook_deliveries, webhooks
from core.models.notes import notes
from core.models.operating import server_controls, tailed_requests, tails
from core.models.register import (
    categories,
    client_gateway_tokens,
    client_tags,
    clients,
    contacts,
    custom_fields,
    discarded_objects,
    documents,
    retired_numbers,
)

__all__ = [
    "activities",
    "categories",
    "changes",
    "client_counts",
    "client_gateway_tokens",
    "client_renderings",
    "client_search",
    "client_tags",
    "clients",
    "companies",
    "contacts",
    "custom_fields",
    "discarded_objects",
    "documents",
    "idempotency_keys",
    "login_guesses",
    "merged_clients",
    "metadata",
    "notes",
    "outbox",
    "password_guesses",
    "rendering_walks",
    "request_accounts",
    "retired_numbers",
    "server_controls",
    "sessions",
    "tailed_requests",
    "tails",
    "tokens",
    "usage_days",
    "usage_names",
    "used_forms",
    "users",
    "webhook_deliveries",
    "webhooks",
]
