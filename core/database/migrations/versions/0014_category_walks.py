"""how far the clients of a changed category are rendered anew"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("unrendered_from", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    op.add_column("categories", column)
