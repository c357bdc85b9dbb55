"""Companies, users, keys, sessions, and counts of attempts and requests."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, UniqueConstraint, text

from core.models.columns import (
    company,
    foreign_key,
    integer,
    long_text,
    metadata,
    part_of,
    short_text,
    small_integer,
    table,
    times,
)

companies = table(
    "companies",
    Column("name", String(255), nullable=False, unique=True),
    Column("currency_id", String(8), nullable=False, server_default="1"),
    Column("next_number", BigInteger, nullable=False, server_default=text("1")),
    short_text("number_prefix"),
    short_text("number_suffix"),
    Column("number_width", Integer, nullable=False, server_default=text("4")),
    *times(),
)

users = table(
    "users",
    company(),
    short_text("first_name"),
    short_text("last_name"),
    short_text("email"),
    short_text("email_key"),
    short_text("password_hash"),
    *times(),
    integer("disabled_at"),
    short_text("role", 20, default="owner"),
    UniqueConstraint("company_id", "email_key"),
)

tokens = table(
    "tokens",
    company(),
    part_of("users", "user_id"),
    short_text("name"),
    Column("digest", String(64), nullable=False, unique=True),
    short_text("edition", 20, default="seed"),
    short_text("scope", 20, default="all"),
    short_text("dialect", 20),
    long_text("networks"),
    integer("expires_at"),
    integer("replaced_by"),
    integer("created_at"),
    integer("revoked_at"),
    Index("ix_tokens_company", "company_id"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    foreign_key("tokens", "token_id"),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("attempt", String(20), nullable=False),
    small_integer("status"),
    long_text("body"),
    short_text("version"),
    integer("started_at"),
    Index("ix_idempotency_keys_started", "started_at"),
)

password_guesses = Table(
    "password_guesses",
    metadata,
    foreign_key("tokens", "token_id"),
    Column("address", String(64), primary_key=True),
    small_integer("wrong"),
    integer("last_at"),
)

# The same for sign-ins: `account` is a digest of company and email, known or not; see core/access/logins.py.
login_guesses = Table(
    "login_guesses",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("address", String(64), primary_key=True),
    small_integer("wrong"),
    integer("last_at"),
    Index("ix_login_guesses_last", "last_at"),
)

# Sessions on the bridge page, by the digest of the secret that the browser stores; see core/access/sessions.py.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    company(),
    part_of("users", "user_id"),
    integer("created_at"),
    integer("expires_at"),
    Index("ix_sessions_user", "company_id", "user_id"),
    Index("ix_sessions_expires", "expires_at"),
)

# Forms of the bridge page that were sent and created something, so that sending them again creates nothing; see
# core/access/used_forms.py.
used_forms = Table(
    "used_forms",
    metadata,
    Column("digest", String(64), primary_key=True),
    integer("made_id"),
    integer("created_at"),
    Index("ix_used_forms_created", "created_at"),
    info={"is_copied": False},
)

# How many requests a key made in a minute (since 1970); see core/access/rate_limits.py.
request_accounts = Table(
    "request_accounts",
    metadata,
    foreign_key("tokens", "token_id"),
    integer("minute"),
    integer("used"),
    info={"is_copied": False},
)

# How often a key called a route of a dialect on a day (UTC, the timestamp of its start); see core/access/usage.py.
usage_days = Table(
    "usage_days",
    metadata,
    foreign_key("companies", "company_id"),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    foreign_key("tokens", "token_id"),
    Column("dialect", String(20), primary_key=True),
    Column("method", String(10), primary_key=True),
    Column("route", String(255), primary_key=True),
    integer("calls"),
    integer("errors"),
    integer("first_at"),
    integer("last_at"),
    Index("ix_usage_days_day", "day"),
)

# Names of parameters and keys that a key sends to an operation; see core/access/usage_names.py.
usage_names = Table(
    "usage_names",
    metadata,
    foreign_key("companies", "company_id"),
    foreign_key("tokens", "token_id"),
    Column("dialect", String(20), primary_key=True),
    Column("method", String(10), primary_key=True),
    Column("route", String(255), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("name", String(255), primary_key=True),
    integer("first_at"),
    integer("last_at"),
    Index("ix_usage_names_last", "last_at"),
)
