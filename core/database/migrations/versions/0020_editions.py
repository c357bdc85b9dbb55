"""clients with what newer programs tell of them, and keys of an edition"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clients", sa.Column("classification", sa.String(length=255), server_default="", nullable=False))
    op.add_column("clients", sa.Column("extras", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("tokens", sa.Column("edition", sa.String(length=20), server_default="seed", nullable=False))
    classified = sa.text("classification <> ''")
    op.create_index(
        "ix_clients_classification",
        "clients",
        ["company_id", "classification", "id"],
        sqlite_where=classified,
        postgresql_where=classified,
    )
    op.create_index("ix_client_tags_title", "client_tags", ["company_id", "title", "client_id"])
