"""keys with limits: a scope, one API, networks, an end, and the key that replaced it"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("scope", sa.String(length=20), server_default="all", nullable=False))
    op.add_column("tokens", sa.Column("dialect", sa.String(length=20), server_default="", nullable=False))
    op.add_column("tokens", sa.Column("networks", sa.Text(), server_default="", nullable=False))
    for name in ("expires_at", "replaced_by"):
        op.add_column("tokens", sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
