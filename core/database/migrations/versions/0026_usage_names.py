"""which names callers send"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "usage_names",
        sa.Column("company_id", ID, autoincrement=False, nullable=False),
        sa.Column("token_id", ID, autoincrement=False, nullable=False),
        sa.Column("dialect", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("route", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        _number("first_at"),
        _number("last_at"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_usage_names_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_usage_names_token_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(
            "company_id", "token_id", "dialect", "method", "route", "kind", "name", name=op.f("pk_usage_names")
        ),
    )
    op.create_index("ix_usage_names_last", "usage_names", ["last_at"])
