"""roles of team users (all that there are stay owners), which forms were sent, and a company's mail by its state"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0026"
branch_labels = None
depends_on = None


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    op.add_column("users", sa.Column("role", sa.String(length=20), server_default="owner", nullable=False))
    op.create_table(
        "used_forms",
        sa.Column("digest", sa.String(length=64), nullable=False),
        _number("made_id"),
        _number("created_at"),
        sa.PrimaryKeyConstraint("digest", name="pk_used_forms"),
    )
    op.create_index("ix_used_forms_created", "used_forms", ["created_at"])
    op.create_index("ix_outbox_company", "outbox", ["company_id", "sent_at", "id"])
