"""the activity record"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "activities",
        sa.Column("id", ID, nullable=False),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("token_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("dialect", sa.String(length=20), server_default="", nullable=False),
        sa.Column("kind", sa.String(length=32), server_default="", nullable=False),
        sa.Column("before", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("after", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_activities_client", "activities", ["company_id", "client_id", "id"])
    op.create_index("ix_activities_company", "activities", ["company_id", "id"])
