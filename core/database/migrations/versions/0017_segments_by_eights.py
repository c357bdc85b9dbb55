"""segments of the trigram index of SQLite are merged by eights"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Where the index is not there yet it is made so, with the schema of this version.
    if sa.inspect(op.get_bind()).has_table("client_search_grams"):
        op.execute("INSERT INTO client_search_grams (client_search_grams, rank) VALUES ('usermerge', 8)")
