"""The metadata of the tables, and the kinds of columns that many of them have."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.sql.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")


def table(name: str, *items: SchemaItem) -> Table:
    """Return a table with an id column, whose values are never reused."""
    # AUTOINCREMENT: the id of a purged row must never be used again, because integrations store ids.
    identity = Column("id", Id, primary_key=True)
    return Table(name, metadata, identity, *items, sqlite_autoincrement=True)


def short_text(name: str, length: int = 255, default: str = "") -> Column[Any]:
    """Return a column for text of a bounded length."""
    return Column(name, String(length), nullable=False, server_default=default)


def long_text(name: str) -> Column[Any]:
    """Return a column for text of any length."""
    return Column(name, Text, nullable=False, server_default="")


def integer(name: str) -> Column[Any]:
    """Return a column for a number, 0 by default."""
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


def small_integer(name: str) -> Column[Any]:
    """Return a column for a number of 32 bits, 0 by default."""
    return Column(name, Integer, nullable=False, server_default=text("0"))


def flag(name: str, default: bool = False) -> Column[Any]:
    """Return a column for true or false."""
    return Column(name, Boolean, nullable=False, server_default=text("true" if default else "false"))


def json(name: str) -> Column[Any]:
    """Return a column for a JSON tree, empty by default."""
    return Column(name, JSON, nullable=False, server_default="{}")


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Return an index over the rows that meet a condition."""
    # On PostgreSQL the migrations make it: declaring its condition here would import the dialect at every start.
    return Index(name, *columns, unique=unique, sqlite_where=text(where))


def company() -> Column[Any]:
    """Return the column of the row's company."""
    return part_of("companies", "company_id")


def part_of(table: str, name: str) -> Column[Any]:
    """Return a foreign key to the row that this row belongs to and is deleted with."""
    return Column(name, Id, ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False)


def foreign_key(table: str, name: str) -> Column[Any]:
    """Return the same foreign key as a part of the primary key."""
    return Column(name, Id, ForeignKey(f"{table}.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)


def child_of_client(table: str, nullable: bool = False) -> list[SchemaItem]:
    """Return the columns and the index of a row that belongs to a client."""
    index = Index(f"ix_{table}_client", "company_id", "client_id")
    return [Column("client_id", Id, nullable=nullable), in_client(table), index]


def in_client(table: str) -> SchemaItem:
    """Return the foreign key of a row that belongs to a client and is deleted with it."""
    # With the company in the key, children belong to their client's company, and one index serves reads and cascades.
    mine, whole = ["company_id", "client_id"], ["clients.company_id", "clients.id"]
    return ForeignKeyConstraint(mine, whole, name=f"fk_{table}_client", ondelete="CASCADE")


def team_user(name: str) -> Column[Any]:
    """Return the column of a team user, who may have been removed."""
    return Column(name, Id, ForeignKey("users.id", ondelete="SET NULL"), nullable=True)


def times() -> list[Column[Any]]:
    """Return the columns for the creation and the last change of a row."""
    return [integer("created_at"), integer("updated_at")]
