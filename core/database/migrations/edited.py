"""Repairs registers that were made before a migration was edited after its release.

Migrations 0001 and 0002 were edited on the day they landed, 0010 and 0013 soon after, until
`tests/registers/test_landed.py` forbade it. A register made in between may call itself 0005 without having the tables
that the next migrations expect. So every known difference is looked for, whatever the register's revision, and repaired
before the migrations run: rows are kept, and derived data is computed again.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

LOOKED_FOR_BEFORE = "0018"
"""The first schema whose registers have all been checked."""

_COUNTED = "0007"  # it fills the table of counts, so later registers have the present form of that table
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Options for rebuilding a table on SQLite: an option that reflection misses; referenced tables are not reflected.
_REBUILD: dict[str, Any] = {"table_kwargs": {"sqlite_autoincrement": True}, "reflect_kwargs": {"resolve_fks": False}}
_OF_CLIENT = ("client_gateway_tokens", "client_tags", "contacts", "documents", "outbox")
_INDEXES: dict[str, list[str | sa.TextClause]] = {
    "ix_clients_balance": ["company_id", "balance", "id"],
    "ix_clients_category": ["company_id", "category_id", "id"],
    "ix_clients_created": ["company_id", "created_at", "id"],
    "ix_clients_name": ["company_id", sa.text("lower(name)"), "id"],
    "ix_clients_shown_name": ["company_id", sa.text("lower(display_name)"), "id"],
    "ix_clients_state": ["company_id", "id", "deleted_at", "archived_at"],
    "ix_clients_updated": ["company_id", "updated_at", "id"],
}


def repair(schema: str, make_search: Callable[[], None]) -> None:
    """Bring the tables of a register at revision `schema` to their present form.

    `make_search` is the upgrade of 0002.
    """
    _repair_search(make_search)
    if schema < _COUNTED:
        _repair_counts()
    for name, columns in _INDEXES.items():
        op.create_index(name, "clients", columns, if_not_exists=True)
    _repair_references()
    _repair_activities()
    _repair_contact_indexes()


def _repair_search(make_search: Callable[[], None]) -> None:
    """Repair 0002 before 379fc6b: other columns, and on SQLite an index kept by triggers, removed with the table."""
    if "deleted" in _columns("client_search") or not _columns("client_search"):
        return
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE IF EXISTS client_search_grams")
    op.drop_table("client_search")
    make_search()


def _repair_counts() -> None:
    """Repair 0001 before 2c1e379: no counts, or blocks of one width. They are left empty: 0007 counts."""
    if "width" in _columns("client_counts"):
        return
    op.drop_table("client_counts", if_exists=True)
    op.create_table(
        "client_counts",
        sa.Column("company_id", _ID, nullable=False),
        sa.Column("width", _ID, nullable=False),
        sa.Column("block", _ID, nullable=False),
        sa.Column("active", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("archived", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_client_counts_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "width", "block", name=op.f("pk_client_counts")),
    )


def _repair_references() -> None:
    """Repair 0001 before a92bbae: children referred to a client by its id alone, mail before accb940 not at all."""
    edited = [table for table in _OF_CLIENT if _columns(table) and f"fk_{table}_client" not in _references(table)]
    if not edited:
        return
    op.drop_index("ix_clients_company", "clients")
    op.create_index("ix_clients_company", "clients", ["company_id", "id"], unique=True)
    for table in edited:
        _refer_by_company_and_client(table)
    op.create_index("ix_outbox_client", "outbox", ["company_id", "client_id"], if_not_exists=True)


def _refer_by_company_and_client(table: str) -> None:
    sequence = _sequence(table)
    with op.batch_alter_table(table, **_REBUILD) as batch:
        if "client_id" not in _columns(table):
            batch.add_column(sa.Column("client_id", _ID, nullable=True))
        if f"fk_{table}_client_id" in _references(table):
            batch.drop_constraint(f"fk_{table}_client_id", type_="foreignkey")
        both = ["company_id", "client_id"]
        batch.create_foreign_key(f"fk_{table}_client", "clients", both, ["company_id", "id"], ondelete="CASCADE")
    _set_sequence(table, sequence)


def _repair_activities() -> None:
    """Repair 0010 before b290726: the activities of a company were removed with it."""
    if "fk_activities_company_id" in _references("activities"):
        sequence = _sequence("activities")
        with op.batch_alter_table("activities", **_REBUILD) as batch:
            batch.drop_constraint("fk_activities_company_id", type_="foreignkey")
        _set_sequence("activities", sequence)


def _repair_contact_indexes() -> None:
    """Repair 0013 before d26e9fa: indexes of contacts' names, and one with too few columns."""
    if not _has_index("ix_contacts_first_name"):
        return
    for name in ("ix_contacts_first_name", "ix_contacts_last_name", "ix_contacts_shown"):
        op.drop_index(name, "contacts", if_exists=True)
    shown = ["company_id", "id", "client_deleted", "deleted_at", "is_primary", "is_locked"]
    op.create_index("ix_contacts_shown", "contacts", shown)


def _columns(table: str) -> set[str]:
    found = sa.inspect(op.get_bind())
    return {column["name"] for column in found.get_columns(table)} if found.has_table(table) else set()


def _references(table: str) -> set[str | None]:
    found = sa.inspect(op.get_bind())
    return {key["name"] for key in found.get_foreign_keys(table)} if found.has_table(table) else set()


def _has_index(name: str) -> bool:
    # Not by inspection, which warns of every expression index on SQLite.
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        named = sa.text("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name = :name")
    else:
        named = sa.text("SELECT count(to_regclass(:name))")
    return bool(connection.execute(named, {"name": name}).scalar())


def _sequence(table: str) -> int | None:
    """Return the highest id that a table of SQLite ever gave out.

    Without it, a rebuilt table would give out the ids of removed rows again.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return None
    wanted = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    return connection.execute(wanted, {"name": table}).scalar()


def _set_sequence(table: str, highest: int | None) -> None:
    if highest is None:
        return
    connection = op.get_bind()
    connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table})
    insert = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :highest)")
    connection.execute(insert, {"name": table, "highest": highest})
