"""The tables. Times are microseconds since the epoch, 0 where a moment has not come; money is millionths.

Text is never NULL: the register knows one kind of empty text and each dialect shows it in its own way.
Every row belongs to a company, and `company_id` leads every secondary index.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.sql.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")


def _table(name: str, *items: SchemaItem) -> Table:
    # AUTOINCREMENT: an id that was purged must never name a new row, since integrations store ids.
    identity = Column("id", Id, primary_key=True)
    return Table(name, metadata, identity, *items, sqlite_autoincrement=True)


def _text(name: str, length: int = 255, default: str = "") -> Column[Any]:
    return Column(name, String(length), nullable=False, server_default=default)


def _long_text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False, server_default="")


def _integer(name: str) -> Column[Any]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


def _flag(name: str, default: bool = False) -> Column[Any]:
    return Column(name, Boolean, nullable=False, server_default=text("true" if default else "false"))


def _json(name: str) -> Column[Any]:
    return Column(name, JSON, nullable=False, server_default="{}")


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    # PostgreSQL has the same, by the migrations: its condition said here would import its dialect at every start.
    return Index(name, *columns, unique=unique, sqlite_where=text(where))


def _company() -> Column[Any]:
    return Column("company_id", Id, ForeignKey("companies.id", ondelete="CASCADE"), nullable=False)


def _child_of_client(table: str, nullable: bool = False) -> list[SchemaItem]:
    # With the company in the key, a client's rows are of its company, and the index that finds them also cascades.
    key = ForeignKeyConstraint(
        ["company_id", "client_id"],
        ["clients.company_id", "clients.id"],
        name=f"fk_{table}_client",
        ondelete="CASCADE",
    )
    return [Column("client_id", Id, nullable=nullable), key, Index(f"ix_{table}_client", "company_id", "client_id")]


def _team_user(name: str) -> Column[Any]:
    return Column(name, Id, ForeignKey("users.id", ondelete="SET NULL"), nullable=True)


def _times() -> list[Column[Any]]:
    return [_integer("created_at"), _integer("updated_at")]


companies = _table(
    "companies",
    Column("name", String(255), nullable=False, unique=True),
    Column("currency_id", String(8), nullable=False, server_default="1"),
    Column("next_number", BigInteger, nullable=False, server_default=text("1")),
    *_times(),
)

users = _table(
    "users",
    _company(),
    _text("first_name"),
    _text("last_name"),
    _text("email"),
    _text("email_key"),
    _text("password_hash"),
    *_times(),
    UniqueConstraint("company_id", "email_key"),
)

tokens = _table(
    "tokens",
    _company(),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    _text("name"),
    Column("digest", String(64), nullable=False, unique=True),
    _integer("created_at"),
    _integer("revoked_at"),
    Index("ix_tokens_company", "company_id"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("token_id", Id, ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("attempt", String(20), nullable=False),
    Column("status", Integer, nullable=False, server_default=text("0")),
    _long_text("body"),
    _text("version"),
    _integer("started_at"),
    Index("ix_idempotency_keys_started", "started_at"),
)

password_guesses = Table(
    "password_guesses",
    metadata,
    Column("token_id", Id, ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("address", String(64), primary_key=True),
    Column("wrong", Integer, nullable=False, server_default=text("0")),
    _integer("last_at"),
)

# The same for signing in: `account` is a digest of company and email, known or not; see core/logins.py.
login_guesses = Table(
    "login_guesses",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("address", String(64), primary_key=True),
    Column("wrong", Integer, nullable=False, server_default=text("0")),
    _integer("last_at"),
    Index("ix_login_guesses_last", "last_at"),
)

# Who is signed in on the bridge page, by the digest of what the browser holds; see core/sessions.py.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    _company(),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    _integer("created_at"),
    _integer("expires_at"),
    Index("ix_sessions_user", "company_id", "user_id"),
    Index("ix_sessions_expires", "expires_at"),
)

# How many requests a key made in a minute (since 1970); see core/rate_limits.py.
request_accounts = Table(
    "request_accounts",
    metadata,
    Column("token_id", Id, ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    _integer("minute"),
    _integer("used"),
    info={"renewable": True},
)

# How often a key called a route of a dialect on a day (UTC, its first moment); see core/usage.py.
usage_days = Table(
    "usage_days",
    metadata,
    Column("company_id", Id, ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("token_id", Id, ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("dialect", String(20), primary_key=True),
    Column("method", String(10), primary_key=True),
    Column("route", String(255), primary_key=True),
    _integer("calls"),
    _integer("errors"),
    _integer("first_at"),
    _integer("last_at"),
    Index("ix_usage_days_day", "day"),
)

# `unrendered_from` is the id from which on its clients are to be rendered anew, 0 for none; see core/category_walk.py.
categories = _table(
    "categories",
    _company(),
    _text("name"),
    _long_text("searched"),
    _long_text("description"),
    _text("visibility", 20, default="everyone"),
    _text("icon"),
    _json("settings"),
    _flag("is_default"),
    *_times(),
    _integer("archived_at"),
    _integer("deleted_at"),
    _integer("unrendered_from"),
    UniqueConstraint("company_id", "name"),
)

custom_fields = _table(
    "custom_fields",
    _company(),
    _text("name", 64),
    _text("title"),
    Column("position", Integer, nullable=False),
    _flag("required"),
    _integer("created_at"),
    UniqueConstraint("company_id", "name"),
    UniqueConstraint("company_id", "position"),
)

clients = _table(
    "clients",
    _company(),
    _team_user("user_id"),
    _team_user("assigned_user_id"),
    Column("category_id", Id, ForeignKey("categories.id"), nullable=False),
    _text("name"),
    _text("display_name", 600),
    _text("number"),
    _text("id_number"),
    _text("vat_number"),
    _text("website"),
    _text("phone"),
    _long_text("private_notes"),
    _long_text("public_notes"),
    _text("industry_id", 20),
    _text("size_id", 20),
    _text("address1"),
    _text("address2"),
    _text("city"),
    _text("region"),
    _text("postal_code"),
    Column("country_id", Integer, nullable=False, server_default=text("0")),
    _text("country_text"),
    _text("shipping_address1"),
    _text("shipping_address2"),
    _text("shipping_city"),
    _text("shipping_region"),
    _text("shipping_postal_code"),
    Column("shipping_country_id", Integer, nullable=False, server_default=text("0")),
    _text("shipping_country_text"),
    _text("custom_value1"),
    _text("custom_value2"),
    _text("custom_value3"),
    _text("custom_value4"),
    _json("more_custom_values"),
    _json("settings"),
    _integer("balance"),
    _integer("paid_to_date"),
    _integer("credit_balance"),
    Column("client_hash", String(40), nullable=False),
    *_times(),
    _integer("archived_at"),
    _integer("deleted_at"),
    UniqueConstraint("company_id", "number"),
    Index("ix_clients_company", "company_id", "id", unique=True),
    Index("ix_clients_state", "company_id", "id", "deleted_at", "archived_at"),
    Index("ix_clients_created", "company_id", "created_at", "id"),
    Index("ix_clients_updated", "company_id", "updated_at", "id"),
    Index("ix_clients_shown_name", "company_id", text("lower(display_name)"), "id"),
    Index("ix_clients_name", "company_id", text("lower(name)"), "id"),
    Index("ix_clients_category", "company_id", "category_id", "id", "deleted_at"),
    Index("ix_clients_balance", "company_id", "balance", "id"),
    _partial("uq_clients_id_number", "company_id", "id_number", unique=True, where="id_number <> ''"),
)

retired_numbers = Table(
    "retired_numbers",
    metadata,
    Column("company_id", Id, ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True),
    Column("number", String(255), primary_key=True),
)

client_counts = Table(
    "client_counts",
    metadata,
    Column("company_id", Id, ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True),
    Column("width", Id, primary_key=True),
    Column("block", Id, primary_key=True),
    _integer("active"),
    _integer("archived"),
    _integer("deleted"),
)

# What a client is found by, folded; see core/search.py. `stand_in` is the shown name of a client without a name.
client_search = Table(
    "client_search",
    metadata,
    Column("client_id", Id, ForeignKey("clients.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    _company(),
    _integer("deleted"),
    _long_text("stand_in"),
    _long_text("name"),
    _long_text("rest"),
    Index("ix_client_search_company", "company_id", "client_id"),
)

# What a client looks like in a dialect, ready to be sent; see core/renderings.py. It may be missing at any time.
client_renderings = Table(
    "client_renderings",
    metadata,
    Column("company_id", Id, primary_key=True, autoincrement=False),
    Column("client_id", Id, primary_key=True, autoincrement=False),
    Column("view", String(20), primary_key=True),
    Column("maker", String(64), nullable=False),
    _integer("client_at"),
    _integer("category_at"),
    _integer("company_at"),
    _long_text("body"),
    ForeignKeyConstraint(
        ["company_id", "client_id"],
        ["clients.company_id", "clients.id"],
        name="fk_client_renderings_client",
        ondelete="CASCADE",
    ),
    info={"renewable": True},
)

# Which client a walk through the register that makes every rendering anew has come to.
rendering_walks = Table(
    "rendering_walks",
    metadata,
    Column("view", String(20), primary_key=True),
    Column("maker", String(64), primary_key=True),
    _integer("last_client_id"),
    _flag("finished"),
    info={"renewable": True},
)

# People; of clients, or of none yet. A deleted one is kept and found no more, as is one whose client is deleted.
contacts = _table(
    "contacts",
    _company(),
    *_child_of_client("contacts", nullable=True),
    _text("first_name"),
    _text("last_name"),
    _text("email"),
    _text("email_key"),
    _text("phone"),
    _text("custom_value1"),
    _text("custom_value2"),
    _text("custom_value3"),
    _text("custom_value4"),
    _flag("is_primary"),
    _flag("is_locked"),
    _flag("send_email", default=True),
    _text("password_hash"),
    Column("contact_key", String(40), nullable=False, unique=True),
    _integer("last_login"),
    _text("job_position"),
    _json("social"),
    _long_text("searched"),
    *_times(),
    _integer("archived_at"),
    _integer("deleted_at"),
    _flag("client_deleted"),
    Index("ix_contacts_email", "company_id", "email_key"),
    # Names have no index: it would be written at another place for every contact, which costs a create a quarter more.
    Index("ix_contacts_shown", "company_id", "id", "client_deleted", "deleted_at", "is_primary", "is_locked"),
    Index("ix_contacts_created", "company_id", "created_at", "id"),
    Index("ix_contacts_updated", "company_id", "updated_at", "id"),
)

client_tags = _table(
    "client_tags",
    _company(),
    *_child_of_client("client_tags"),
    Column("position", Integer, nullable=False),
    _text("title"),
)

documents = _table(
    "documents",
    _company(),
    *_child_of_client("documents"),
    _team_user("user_id"),
    _text("name"),
    _text("type", 32),
    Column("object_key", String(255), nullable=False),
    _integer("size"),
    _integer("width"),
    _integer("height"),
    _flag("is_public"),
    *_times(),
    Index("ix_documents_company", "company_id", "id"),
)

client_gateway_tokens = _table(
    "client_gateway_tokens",
    _company(),
    *_child_of_client("client_gateway_tokens"),
    _text("token"),
    _text("gateway_customer_reference"),
    _text("company_gateway_id"),
    _text("gateway_type_id", 20),
    _flag("is_default"),
    _json("meta"),
    *_times(),
    Index("ix_client_gateway_tokens_company", "company_id", "id"),
)

# Who changed what of a client; see core/activities.py. Nothing refers to the company, the client, the user or the key:
# every write would wait for those who hold them, and that somebody erased a client is known when the client is not.
activities = _table(
    "activities",
    Column("company_id", Id, nullable=False),
    Column("client_id", Id, nullable=False),
    _integer("user_id"),
    _integer("token_id"),
    _text("dialect", 20),
    _text("kind", 32),
    _json("before"),
    _json("after"),
    _integer("created_at"),
    Index("ix_activities_client", "company_id", "client_id", "id"),
    Index("ix_activities_company", "company_id", "id"),
)

# Who is told of changes. One process at a time delivers to a subscriber, until its lease ends; see core/deliveries.py.
webhooks = _table(
    "webhooks",
    _company(),
    _text("url", 2000),
    _text("dialect", 20),
    _text("events"),
    _text("secret"),
    _integer("created_at"),
    _integer("disabled_at"),
    _integer("due_at"),
    _integer("leased_until"),
    Index("ix_webhooks_company", "company_id"),
)

webhook_deliveries = _table(
    "webhook_deliveries",
    Column("company_id", Id, nullable=False),
    Column("webhook_id", Id, ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("client_id", Id, nullable=False),
    _text("event", 32),
    _text("message_id", 40),
    _long_text("payload"),
    _integer("created_at"),
    _integer("ended_at"),
    _flag("is_dead"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    _long_text("last_error"),
    Index("ix_webhook_deliveries_client", "company_id", "client_id"),
    Index("ix_webhook_deliveries_company", "company_id", "id"),
    Index("ix_webhook_deliveries_webhook", "webhook_id", "ended_at", "id"),
    _partial("ix_webhook_deliveries_ended", "ended_at", where="ended_at > 0"),
)

# Objects in the document storage that no document row owns (an upload under way, an erased document):
# whoever finds one due deletes the bytes, then the row.
discarded_objects = Table(
    "discarded_objects",
    metadata,
    Column("object_key", String(255), primary_key=True),
    _integer("due_at"),
)

outbox = _table(
    "outbox",
    _company(),
    *_child_of_client("outbox", nullable=True),
    _text("recipient"),
    _text("subject"),
    _long_text("body"),
    _integer("created_at"),
    _integer("sent_at"),
    _integer("due_at"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    _long_text("last_error"),
    _partial("ix_outbox_waiting", "due_at", where="sent_at = 0"),
)
