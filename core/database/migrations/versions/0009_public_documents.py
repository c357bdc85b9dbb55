"""documents marked public; documents and gateway tokens of a company in the order of their ids"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.text("false")))
    for table in ("documents", "client_gateway_tokens"):
        op.create_index(f"ix_{table}_company", table, ["company_id", "id"])
