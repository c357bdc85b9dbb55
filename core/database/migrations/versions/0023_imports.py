"""what imports keep of clients: how far a version is ahead, what was told and what given, and how numbers look"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("clients", "categories"):
        op.add_column(table, _number("version_ahead", sa.BigInteger(), 0))
    for name in ("hash_told", "number_generated"):
        op.add_column("clients", sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False))
    for name in ("number_prefix", "number_suffix"):
        op.add_column("companies", sa.Column(name, sa.String(255), server_default="", nullable=False))
    op.add_column("companies", _number("number_width", sa.Integer(), 4))


def _number(name: str, kind: sa.types.TypeEngine[int], default: int) -> sa.Column[int]:
    return sa.Column(name, kind, server_default=sa.text(str(default)), nullable=False)
