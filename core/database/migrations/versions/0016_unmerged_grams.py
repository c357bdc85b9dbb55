"""the trigram index of SQLite is merged by those who write it"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Where the index is not there yet it is made so, with the schema of this version.
    if sa.inspect(op.get_bind()).has_table("client_search_grams"):
        op.execute("INSERT INTO client_search_grams (client_search_grams, rank) VALUES ('automerge', 0)")
