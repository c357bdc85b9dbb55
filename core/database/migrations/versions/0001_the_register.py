"""the register"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "companies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("currency_id", sa.String(length=8), server_default="1", nullable=False),
        sa.Column("next_number", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
        sa.UniqueConstraint("name", name=op.f("uq_companies_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "discarded_objects",
        sa.Column("object_key", sa.String(length=255), nullable=False),
        sa.Column("due_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("object_key", name=op.f("pk_discarded_objects")),
    )
    op.create_table(
        "categories",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_categories_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("company_id", "name", name=op.f("uq_categories_company_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "client_counts",
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("width", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("block", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("active", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("archived", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_client_counts_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "width", "block", name=op.f("pk_client_counts")),
    )
    op.create_table(
        "custom_fields",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=64), server_default="", nullable=False),
        sa.Column("title", sa.String(length=255), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_custom_fields_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_fields")),
        sa.UniqueConstraint("company_id", "name", name=op.f("uq_custom_fields_company_id_name")),
        sa.UniqueConstraint("company_id", "position", name=op.f("uq_custom_fields_company_id_position")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "retired_numbers",
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_retired_numbers_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "number", name=op.f("pk_retired_numbers")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("last_name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("email", sa.String(length=255), server_default="", nullable=False),
        sa.Column("email_key", sa.String(length=255), server_default="", nullable=False),
        sa.Column("password_hash", sa.String(length=255), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_users_company_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("company_id", "email_key", name=op.f("uq_users_company_id_email_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "clients",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("assigned_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("display_name", sa.String(length=600), server_default="", nullable=False),
        sa.Column("number", sa.String(length=255), server_default="", nullable=False),
        sa.Column("id_number", sa.String(length=255), server_default="", nullable=False),
        sa.Column("vat_number", sa.String(length=255), server_default="", nullable=False),
        sa.Column("website", sa.String(length=255), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=255), server_default="", nullable=False),
        sa.Column("private_notes", sa.Text(), server_default="", nullable=False),
        sa.Column("public_notes", sa.Text(), server_default="", nullable=False),
        sa.Column("industry_id", sa.String(length=20), server_default="", nullable=False),
        sa.Column("size_id", sa.String(length=20), server_default="", nullable=False),
        sa.Column("address1", sa.String(length=255), server_default="", nullable=False),
        sa.Column("address2", sa.String(length=255), server_default="", nullable=False),
        sa.Column("city", sa.String(length=255), server_default="", nullable=False),
        sa.Column("region", sa.String(length=255), server_default="", nullable=False),
        sa.Column("postal_code", sa.String(length=255), server_default="", nullable=False),
        sa.Column("country_id", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("country_text", sa.String(length=255), server_default="", nullable=False),
        sa.Column("shipping_address1", sa.String(length=255), server_default="", nullable=False),
        sa.Column("shipping_address2", sa.String(length=255), server_default="", nullable=False),
        sa.Column("shipping_city", sa.String(length=255), server_default="", nullable=False),
        sa.Column("shipping_region", sa.String(length=255), server_default="", nullable=False),
        sa.Column("shipping_postal_code", sa.String(length=255), server_default="", nullable=False),
        sa.Column("shipping_country_id", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("shipping_country_text", sa.String(length=255), server_default="", nullable=False),
        sa.Column("custom_value1", sa.String(length=255), server_default="", nullable=False),
        sa.Column("custom_value2", sa.String(length=255), server_default="", nullable=False),
        sa.Column("custom_value3", sa.String(length=255), server_default="", nullable=False),
        sa.Column("custom_value4", sa.String(length=255), server_default="", nullable=False),
        sa.Column("more_custom_values", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("settings", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("balance", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid_to_date", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("credit_balance", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("client_hash", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("archived_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["assigned_user_id"], ["users.id"], name=op.f("fk_clients_assigned_user_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_clients_category_id")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_clients_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_clients_user_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint("company_id", "number", name=op.f("uq_clients_company_id_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.create_index("ix_clients_balance", ["company_id", "balance", "id"], unique=False)
        batch_op.create_index("ix_clients_category", ["company_id", "category_id", "id"], unique=False)
        batch_op.create_index("ix_clients_company", ["company_id", "id"], unique=True)
        batch_op.create_index("ix_clients_name", ["company_id", sa.text("lower(name)"), "id"], unique=False)
        batch_op.create_index(
            "ix_clients_shown_name", ["company_id", sa.text("lower(display_name)"), "id"], unique=False
        )
        batch_op.create_index("ix_clients_state", ["company_id", "id", "deleted_at", "archived_at"], unique=False)
        batch_op.create_index("ix_clients_created", ["company_id", "created_at", "id"], unique=False)
        batch_op.create_index("ix_clients_updated", ["company_id", "updated_at", "id"], unique=False)
        batch_op.create_index(
            "uq_clients_id_number",
            ["company_id", "id_number"],
            unique=True,
            sqlite_where=sa.text("id_number <> ''"),
            postgresql_where=sa.text("id_number <> ''"),
        )

    op.create_table(
        "tokens",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_tokens_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tokens_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.create_index("ix_tokens_company", ["company_id"], unique=False)

    op.create_table(
        "client_gateway_tokens",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token", sa.String(length=255), server_default="", nullable=False),
        sa.Column("gateway_customer_reference", sa.String(length=255), server_default="", nullable=False),
        sa.Column("company_gateway_id", sa.String(length=255), server_default="", nullable=False),
        sa.Column("gateway_type_id", sa.String(length=20), server_default="", nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("meta", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "client_id"],
            ["clients.company_id", "clients.id"],
            name="fk_client_gateway_tokens_client",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_client_gateway_tokens_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_gateway_tokens")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("client_gateway_tokens", schema=None) as batch_op:
        batch_op.create_index("ix_client_gateway_tokens_client", ["company_id", "client_id"], unique=False)

    op.create_table(
        "client_tags",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=255), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "client_id"],
            ["clients.company_id", "clients.id"],
            name="fk_client_tags_client",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_client_tags_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_tags")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("client_tags", schema=None) as batch_op:
        batch_op.create_index("ix_client_tags_client", ["company_id", "client_id"], unique=False)

    op.create_table(
        "contacts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("first_name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("last_name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("email", sa.String(length=255), server_default="", nullable=False),
        sa.Column("email_key", sa.String(length=255), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=255), server_default="", nullable=False),
        sa.Column("custom_value1", sa.String(length=255), server_default="", nullable=False),
        sa.Column("custom_value2", sa.String(length=255), server_default="", nullable=False),
        sa.Column("custom_value3", sa.String(length=255), server_default="", nullable=False),
        sa.Column("custom_value4", sa.String(length=255), server_default="", nullable=False),
        sa.Column("is_primary", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_locked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("send_email", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("password_hash", sa.String(length=255), server_default="", nullable=False),
        sa.Column("contact_key", sa.String(length=40), nullable=False),
        sa.Column("last_login", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("archived_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "client_id"],
            ["clients.company_id", "clients.id"],
            name="fk_contacts_client",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_contacts_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("contact_key", name=op.f("uq_contacts_contact_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index("ix_contacts_client", ["company_id", "client_id"], unique=False)
        batch_op.create_index("ix_contacts_email", ["company_id", "email_key"], unique=False)

    op.create_table(
        "documents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("type", sa.String(length=32), server_default="", nullable=False),
        sa.Column("object_key", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("width", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("height", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "client_id"],
            ["clients.company_id", "clients.id"],
            name="fk_documents_client",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_documents_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_documents_user_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index("ix_documents_client", ["company_id", "client_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recipient", sa.String(length=255), server_default="", nullable=False),
        sa.Column("subject", sa.String(length=255), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "client_id"],
            ["clients.company_id", "clients.id"],
            name="fk_outbox_client",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_outbox_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_client", ["company_id", "client_id"], unique=False)
        batch_op.create_index(
            "ix_outbox_waiting",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("sent_at = 0"),
            postgresql_where=sa.text("sent_at = 0"),
        )


def downgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_waiting", sqlite_where=sa.text("sent_at = 0"), postgresql_where=sa.text("sent_at = 0")
        )
        batch_op.drop_index("ix_outbox_client")

    op.drop_table("outbox")
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index("ix_documents_client")

    op.drop_table("documents")
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_index("ix_contacts_email")
        batch_op.drop_index("ix_contacts_client")

    op.drop_table("contacts")
    with op.batch_alter_table("client_tags", schema=None) as batch_op:
        batch_op.drop_index("ix_client_tags_client")

    op.drop_table("client_tags")
    with op.batch_alter_table("client_gateway_tokens", schema=None) as batch_op:
        batch_op.drop_index("ix_client_gateway_tokens_client")

    op.drop_table("client_gateway_tokens")
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.drop_index("ix_tokens_company")

    op.drop_table("tokens")
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_clients_id_number", sqlite_where=sa.text("id_number <> ''"), postgresql_where=sa.text("id_number <> ''")
        )
        batch_op.drop_index("ix_clients_updated")
        batch_op.drop_index("ix_clients_created")
        batch_op.drop_index("ix_clients_company")
        batch_op.drop_index("ix_clients_category")
        batch_op.drop_index("ix_clients_balance")

    op.drop_table("clients")
    op.drop_table("users")
    op.drop_table("retired_numbers")
    op.drop_table("custom_fields")
    op.drop_table("client_counts")
    op.drop_table("categories")
    op.drop_table("discarded_objects")
    op.drop_table("companies")
