"""keys with limits, the changes of clients in the order of their commits, and the names that callers send"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    _limit_keys()
    _log_changes()
    _record_names()


def _limit_keys() -> None:
    op.add_column("tokens", sa.Column("scope", sa.String(length=20), server_default="all", nullable=False))
    op.add_column("tokens", sa.Column("dialect", sa.String(length=20), server_default="", nullable=False))
    op.add_column("tokens", sa.Column("networks", sa.Text(), server_default="", nullable=False))
    for name in ("expires_at", "replaced_by"):
        op.add_column("tokens", sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))


def _log_changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("company_id", _ID, nullable=False),
        sa.Column("client_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), server_default="", nullable=False),
        sa.Column("survivor_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_company", "changes", ["company_id", "id"])
    op.create_table(
        "merged_clients",
        sa.Column("company_id", _ID, autoincrement=False, nullable=False),
        sa.Column("client_id", _ID, autoincrement=False, nullable=False),
        sa.Column("survivor_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_merged_clients_company_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "client_id", name="pk_merged_clients"),
    )


def _record_names() -> None:
    op.create_table(
        "usage_names",
        sa.Column("company_id", _ID, autoincrement=False, nullable=False),
        sa.Column("token_id", _ID, autoincrement=False, nullable=False),
        sa.Column("dialect", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("route", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        _number("first_at"),
        _number("last_at"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_usage_names_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_usage_names_token_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(
            "company_id", "token_id", "dialect", "method", "route", "kind", "name", name=op.f("pk_usage_names")
        ),
    )
    op.create_index("ix_usage_names_last", "usage_names", ["last_at"])
