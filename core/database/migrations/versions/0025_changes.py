"""the changes of clients in the order of their commits, and into which client a merged one went"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("company_id", _ID, nullable=False),
        sa.Column("client_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), server_default="", nullable=False),
        sa.Column("survivor_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_company", "changes", ["company_id", "id"])
    op.create_table(
        "merged_clients",
        sa.Column("company_id", _ID, autoincrement=False, nullable=False),
        sa.Column("client_id", _ID, autoincrement=False, nullable=False),
        sa.Column("survivor_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_merged_clients_company_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "client_id", name="pk_merged_clients"),
    )
