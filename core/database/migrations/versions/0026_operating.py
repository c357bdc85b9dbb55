"""team users who are disabled, since when; what running servers are told, and the requests that they tell of"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    op.add_column("users", _number("disabled_at"))
    op.create_table(
        "server_controls",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=255), server_default="", nullable=False),
        _number("expires_at"),
        sa.PrimaryKeyConstraint("name", name="pk_server_controls"),
    )
    op.create_table(
        "tails",
        sa.Column("id", _ID, nullable=False),
        sa.Column("filter", sa.JSON(), server_default="{}", nullable=False),
        _number("expires_at"),
        sa.PrimaryKeyConstraint("id", name="pk_tails"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tailed_requests",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tail_id", _ID, nullable=False),
        sa.Column("line", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["tail_id"], ["tails.id"], name="fk_tailed_requests_tail_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_tailed_requests"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tailed_requests_tail", "tailed_requests", ["tail_id", "id"])
