"""what clients look like is kept packed; the column of the text stays for the version before"""

import sqlalchemy as sa

from core.database.migrations.compatibility import EXPANDS
from core.database.migrations.steps import AddColumn

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

compatibility = EXPANDS
steps = [AddColumn("client_renderings", sa.Column("packed", sa.LargeBinary(), nullable=True))]
