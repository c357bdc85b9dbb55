"""webhooks that callers of an API make"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_NUMBERS = ("user_id", "updated_at", "archived_at", "deleted_at")


def upgrade() -> None:
    op.add_column("webhooks", sa.Column("origin", sa.String(length=20), server_default="operator", nullable=False))
    op.add_column("webhooks", sa.Column("method", sa.String(length=10), server_default="POST", nullable=False))
    op.add_column("webhooks", sa.Column("headers", sa.JSON(), server_default="{}", nullable=False))
    for name in _NUMBERS:
        op.add_column("webhooks", sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.execute("UPDATE webhooks SET updated_at = created_at")
