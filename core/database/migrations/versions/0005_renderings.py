"""what clients look like, kept"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _moment(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "client_renderings",
        sa.Column("company_id", ID, autoincrement=False, nullable=False),
        sa.Column("client_id", ID, autoincrement=False, nullable=False),
        sa.Column("view", sa.String(length=20), nullable=False),
        sa.Column("maker", sa.String(length=64), nullable=False),
        _moment("client_at"),
        _moment("category_at"),
        _moment("company_at"),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "client_id"],
            ["clients.company_id", "clients.id"],
            name=op.f("fk_client_renderings_client"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "client_id", "view", name=op.f("pk_client_renderings")),
    )
    op.create_table(
        "rendering_walks",
        sa.Column("view", sa.String(length=20), nullable=False),
        sa.Column("maker", sa.String(length=64), nullable=False),
        sa.Column("last_client_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("finished", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("view", "maker", name=op.f("pk_rendering_walks")),
    )
