"""roles of team users (all that there are stay owners), which forms were sent, and a company's mail by its state"""

import sqlalchemy as sa

from core.database.migrations.compatibility import EXPANDS
from core.database.migrations.steps import AddColumn, CreateIndex, CreateTable

revision = "0029"
down_revision = "0026"
branch_labels = None
depends_on = None


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


compatibility = EXPANDS
steps = [
    AddColumn("users", sa.Column("role", sa.String(length=20), server_default="owner", nullable=False)),
    CreateTable(
        "used_forms",
        lambda: [
            sa.Column("digest", sa.String(length=64), nullable=False),
            _number("made_id"),
            _number("created_at"),
            sa.PrimaryKeyConstraint("digest", name="pk_used_forms"),
        ],
    ),
    CreateIndex("used_forms", "ix_used_forms_created", ["created_at"]),
    CreateIndex("outbox", "ix_outbox_company", ["company_id", "sent_at", "id"]),
]
