"""categories with all that both dialects say of them"""

import sqlalchemy as sa
from alembic import op

from core.text.folding import folded

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _moment(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    for column in (
        sa.Column("searched", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("visibility", sa.String(length=20), server_default="everyone", nullable=False),
        sa.Column("icon", sa.String(length=255), server_default="", nullable=False),
        sa.Column("settings", sa.JSON(), server_default="{}", nullable=False),
        _moment("archived_at"),
        _moment("deleted_at"),
    ):
        op.add_column("categories", column)
    connection = op.get_bind()
    for category_id, name in connection.execute(sa.text("SELECT id, name FROM categories")).all():
        connection.execute(
            sa.text("UPDATE categories SET searched = :searched WHERE id = :id"),
            {"searched": folded(name), "id": category_id},
        )
    # With the moment of deletion in it, the index alone tells how many clients a category has.
    op.drop_index("ix_clients_category", "clients")
    op.create_index("ix_clients_category", "clients", ["company_id", "category_id", "id", "deleted_at"])
