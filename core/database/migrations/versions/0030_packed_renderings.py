"""what clients look like is kept packed; the column of the text stays for the version before"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("client_renderings", sa.Column("packed", sa.LargeBinary(), nullable=True))
