"""The tables of clients and of what belongs to them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

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
    partial_index,
    short_text,
    small_integer,
    table,
    team_user,
    times,
)

# `unrendered_from` is the first client id that a backfill has still to render, 0 for none; see
# core/clients/category_backfill.py.
categories = table(
    "categories",
    company(),
    short_text("name"),
    long_text("searched"),
    long_text("description"),
    short_text("visibility", 20, default="everyone"),
    short_text("icon"),
    json("settings"),
    flag("is_default"),
    *times(),
    integer("archived_at"),
    integer("deleted_at"),
    integer("unrendered_from"),
    integer("version_ahead"),
    UniqueConstraint("company_id", "name"),
)

custom_fields = table(
    "custom_fields",
    company(),
    short_text("name", 64),
    short_text("title"),
    Column("position", Integer, nullable=False),
    flag("required"),
    integer("created_at"),
    UniqueConstraint("company_id", "name"),
    UniqueConstraint("company_id", "position"),
)


# A number that consists of digits is sorted by its value, however long it is: first by the count of its digits without
# leading zeros, then by the digits. All other numbers come after them. Both engines have an index of these expressions.
def number_value(number: str) -> tuple[str, str]:
    """Return the two expressions by which a number is sorted, from the name of its column."""
    is_digits = f"ltrim({number}, '0123456789') = ''"
    return (
        f"(CASE WHEN {is_digits} THEN length(ltrim({number}, '0')) ELSE 256 END)",
        f"(CASE WHEN {is_digits} THEN ltrim({number}, '0') ELSE lower({number}) END)",
    )


# Columns with filters that most clients leave empty: a partial index costs those clients nothing.
SET_ONLY = {
    "vat_number": "vat_number <> ''",
    "phone": "phone <> ''",
    "country_id": "country_id <> 0",
    "industry_id": "industry_id <> ''",
    "size_id": "size_id <> ''",
    "assigned_user_id": "assigned_user_id IS NOT NULL",
}

# `extras` are fields that only one API has; see core/clients/extras.py. An import sets `updated_at` to the source's
# time, which may not be later than the present value; then the version is `version_ahead` microseconds ahead of it.
# `hash_told`: a source has set `client_hash`. `number_generated`: an import has generated `number`.
clients = table(
    "clients",
    company(),
    team_user("user_id"),
    team_user("assigned_user_id"),
    Column("category_id", Id, ForeignKey("categories.id"), nullable=False),
    short_text("name"),
    short_text("display_name", 600),
    short_text("number"),
    short_text("id_number"),
    short_text("vat_number"),
    short_text("website"),
    short_text("phone"),
    long_text("private_notes"),
    long_text("public_notes"),
    short_text("industry_id", 20),
    short_text("size_id", 20),
    short_text("address1"),
    short_text("address2"),
    short_text("city"),
    short_text("region"),
    short_text("postal_code"),
    small_integer("country_id"),
    short_text("country_text"),
    short_text("shipping_address1"),
    short_text("shipping_address2"),
    short_text("shipping_city"),
    short_text("shipping_region"),
    short_text("shipping_postal_code"),
    small_integer("shipping_country_id"),
    short_text("shipping_country_text"),
    short_text("custom_value1"),
    short_text("custom_value2"),
    short_text("custom_value3"),
    short_text("custom_value4"),
    short_text("classification"),
    json("extras"),
    json("more_custom_values"),
    json("settings"),
    integer("balance"),
    integer("paid_to_date"),
    integer("credit_balance"),
    Column("client_hash", String(40), nullable=False),
    flag("hash_told"),
    flag("number_generated"),
    integer("version_ahead"),
    *times(),
    integer("archived_at"),
    integer("deleted_at"),
    UniqueConstraint("company_id", "number"),
    Index("ix_clients_company", "company_id", "id", unique=True),
    Index("ix_clients_state", "company_id", "id", "deleted_at", "archived_at"),
    Index("ix_clients_created", "company_id", "created_at", "id"),
    Index("ix_clients_updated", "company_id", "updated_at", "id"),
    Index("ix_clients_shown_name", "company_id", text("lower(display_name)"), "id"),
    Index("ix_clients_name", "company_id", text("lower(name)"), "id"),
    Index("ix_clients_category", "company_id", "category_id", "id", "deleted_at"),
    Index("ix_clients_balance", "company_id", "balance", "id"),
    partial_index("ix_clients_classification", "company_id", "classification", "id", where="classification <> ''"),
    Index("ix_clients_number_value", "company_id", *map(text, number_value("number")), "id"),
    *(partial_index(f"ix_clients_{name}", "company_id", name, "id", where=where) for name, where in SET_ONLY.items()),
    partial_index("uq_clients_id_number", "company_id", "id_number", unique=True, where="id_number <> ''"),
)

retired_numbers = Table(
    "retired_numbers",
    metadata,
    foreign_key("companies", "company_id"),
    Column("number", String(255), primary_key=True),
)

# Contacts of clients, and contact-type users. Deleted contacts, and those of deleted clients, stay but are not found.
contacts = table(
    "contacts",
    company(),
    *child_of_client("contacts", nullable=True),
    short_text("first_name"),
    short_text("last_name"),
    short_text("email"),
    short_text("email_key"),
    short_text("phone"),
    short_text("custom_value1"),
    short_text("custom_value2"),
    short_text("custom_value3"),
    short_text("custom_value4"),
    flag("is_primary"),
    flag("is_locked"),
    flag("send_email", default=True),
    short_text("password_hash"),
    Column("contact_key", String(40), nullable=False, unique=True),
    integer("last_login"),
    short_text("job_position"),
    json("social"),
    long_text("searched"),
    *times(),
    integer("archived_at"),
    integer("deleted_at"),
    flag("client_deleted"),
    Index("ix_contacts_email", "company_id", "email_key"),
    # Names have no index: every insert would write another page, which would make a create a quarter slower.
    Index("ix_contacts_shown", "company_id", "id", "client_deleted", "deleted_at", "is_primary", "is_locked"),
    Index("ix_contacts_created", "company_id", "created_at", "id"),
    Index("ix_contacts_updated", "company_id", "updated_at", "id"),
)

client_tags = table(
    "client_tags",
    company(),
    *child_of_client("client_tags"),
    Column("position", Integer, nullable=False),
    short_text("title"),
    Index("ix_client_tags_title", "company_id", "title", "client_id"),
)

documents = table(
    "documents",
    company(),
    *child_of_client("documents"),
    team_user("user_id"),
    short_text("name"),
    short_text("type", 32),
    Column("object_key", String(255), nullable=False),
    integer("size"),
    integer("width"),
    integer("height"),
    flag("is_public"),
    long_text("searched"),
    *times(),
    Index("ix_documents_company", "company_id", "id"),
)

# Objects in the document storage that belong to no document row (an upload in progress, a removed document). When one
# is due, a sweep deletes the bytes, then the row.
discarded_objects = Table(
    "discarded_objects",
    metadata,
    Column("object_key", String(255), primary_key=True),
    integer("due_at"),
)

client_gateway_tokens = table(
    "client_gateway_tokens",
    company(),
    *child_of_client("client_gateway_tokens"),
    short_text("token"),
    short_text("gateway_customer_reference"),
    short_text("company_gateway_id"),
    short_text("gateway_type_id", 20),
    flag("is_default"),
    json("meta"),
    *times(),
    Index("ix_client_gateway_tokens_company", "company_id", "id"),
)
