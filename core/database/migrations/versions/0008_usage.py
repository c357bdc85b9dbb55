"""who calls what, by the day"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "usage_days",
        sa.Column("company_id", ID, autoincrement=False, nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token_id", ID, autoincrement=False, nullable=False),
        sa.Column("dialect", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("route", sa.String(length=255), nullable=False),
        _number("calls"),
        _number("errors"),
        _number("first_at"),
        _number("last_at"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_usage_days_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_usage_days_token_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(
            "company_id", "day", "token_id", "dialect", "method", "route", name=op.f("pk_usage_days")
        ),
    )
    op.create_index("ix_usage_days_day", "usage_days", ["day"])
