"""contacts with all that /api says of them"""

import sqlalchemy as sa
from alembic import op

from core.text.names import searched_text

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_BATCH = 5000
_NEXT = sa.text(
    "SELECT id, first_name, last_name, email, phone FROM contacts WHERE id > :after ORDER BY id LIMIT :size"
)
_WRITE = sa.text("UPDATE contacts SET searched = :searched WHERE id = :id")


def upgrade() -> None:
    for column in (
        sa.Column("job_position", sa.String(length=255), server_default="", nullable=False),
        sa.Column("social", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("searched", sa.Text(), server_default="", nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("client_deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    ):
        op.add_column("contacts", column)
    op.execute(
        "UPDATE contacts SET client_deleted = true WHERE client_id IN (SELECT id FROM clients WHERE deleted_at > 0)"
    )
    _fill(op.get_bind())
    shown = ["company_id", "id", "client_deleted", "deleted_at", "is_primary", "is_locked"]
    op.create_index("ix_contacts_shown", "contacts", shown)
    op.create_index("ix_contacts_created", "contacts", ["company_id", "created_at", "id"])
    op.create_index("ix_contacts_updated", "contacts", ["company_id", "updated_at", "id"])


def _fill(connection: sa.Connection) -> None:
    after = 0
    while rows := connection.execute(_NEXT, {"after": after, "size": _BATCH}).mappings().all():
        connection.execute(_WRITE, [{"id": row["id"], "searched": searched_text(dict(row))} for row in rows])
        after = rows[-1]["id"]
