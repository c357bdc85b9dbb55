"""Records of changes: activities, webhooks with their deliveries, mail, and the change log."""

from sqlalchemy import Column, Index, Table

from core.models.columns import (
    Id,
    child_of_client,
    company,
    flag,
    foreign_key,
    integer,
    json,
    long_text,
    metadata,
    part_of,
    partial_index,
    short_text,
    small_integer,
    table,
)

# Who changed what of a client; see core/events/activities.py. There are no foreign keys to the company, the client, the
# user or the key: every write would wait for their locks, and the record of a purge outlives the client.
activities = table(
    "activities",
    Column("company_id", Id, nullable=False),
    Column("client_id", Id, nullable=False),
    integer("user_id"),
    integer("token_id"),
    short_text("dialect", 20),
    short_text("kind", 32),
    json("before"),
    json("after"),
    integer("created_at"),
    Index("ix_activities_client", "company_id", "client_id", "id"),
    Index("ix_activities_company", "company_id", "id"),
)

# Subscribers to changes. One process at a time delivers to a subscriber, until its lease ends; see
# core/events/deliveries.py. Its origin is who chose the address. The columns from `user_id` on are used only by
# webhooks that callers of an API have created.
webhooks = table(
    "webhooks",
    company(),
    short_text("url", 2000),
    short_text("dialect", 20),
    short_text("events"),
    short_text("secret"),
    integer("created_at"),
    integer("disabled_at"),
    integer("due_at"),
    integer("leased_until"),
    short_text("origin", 20, default="operator"),
    short_text("method", 10, default="POST"),
    json("headers"),
    integer("user_id"),
    integer("updated_at"),
    integer("archived_at"),
    integer("deleted_at"),
    Index("ix_webhooks_company", "company_id"),
)

webhook_deliveries = table(
    "webhook_deliveries",
    Column("company_id", Id, nullable=False),
    part_of("webhooks", "webhook_id"),
    Column("client_id", Id, nullable=False),
    short_text("event", 32),
    short_text("message_id", 40),
    long_text("payload"),
    integer("created_at"),
    integer("ended_at"),
    flag("is_dead"),
    small_integer("attempts"),
    long_text("last_error"),
    Index("ix_webhook_deliveries_client", "company_id", "client_id"),
    Index("ix_webhook_deliveries_company", "company_id", "id"),
    Index("ix_webhook_deliveries_webhook", "webhook_id", "ended_at", "id"),
    partial_index("ix_webhook_deliveries_ended", "ended_at", where="ended_at > 0"),
)

outbox = table(
    "outbox",
    company(),
    *child_of_client("outbox", nullable=True),
    short_text("recipient"),
    short_text("subject"),
    long_text("body"),
    integer("created_at"),
    integer("sent_at"),
    integer("due_at"),
    small_integer("attempts"),
    long_text("last_error"),
    Index("ix_outbox_company", "company_id", "sent_at", "id"),
    partial_index("ix_outbox_waiting", "due_at", where="sent_at = 0"),
)

# The change log, in the order of commits; see core/events/change_log.py. The ids are given out in that order within a
# company. There are no foreign keys, for the same reasons as in `activities`.
changes = table(
    "changes",
    Column("company_id", Id, nullable=False),
    Column("client_id", Id, nullable=False),
    short_text("kind", 16),
    integer("survivor_id"),
    flag("is_hidden"),
    integer("created_at"),
    Index("ix_changes_company", "company_id", "id"),
)

# Clients that were merged into another one, each with that client.
merged_clients = Table(
    "merged_clients",
    metadata,
    foreign_key("companies", "company_id"),
    Column("client_id", Id, primary_key=True, autoincrement=False),
    integer("survivor_id"),
)
