"""What the tables are made of: their metadata, and the kinds of columns that many have."""

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
    """A table of rows with an id, which names no other row ever again."""
    # AUTOINCREMENT: an id that was purged must never name a new row, since integrations store ids.
    identity = Column("id", Id, primary_key=True)
    return Table(name, metadata, identity, *items, sqlite_autoincrement=True)


def short_text(name: str, length: int = 255, default: str = "") -> Column[Any]:
    """Text of a bounded length."""
    return Column(name, String(length), nullable=False, server_default=default)


def long_text(name: str) -> Column[Any]:
    """Text of any length."""
    return Column(name, Text, nullable=False, server_default="")


def integer(name: str) -> Column[Any]:
    """A number, 0 unless given."""
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


def small_integer(name: str) -> Column[Any]:
    """The same, where 32 bits are enough."""
    return Column(name, Integer, nullable=False, server_default=text("0"))


def flag(name: str, default: bool = False) -> Column[Any]:
    """Yes or no."""
    return Column(name, Boolean, nullable=False, server_default=text("true" if default else "false"))


def json(name: str) -> Column[Any]:
    """A tree, empty unless given."""
    return Column(name, JSON, nullable=False, server_default="{}")


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over the rows that meet a condition."""
    # PostgreSQL has the same, by the migrations: its condition said here would import its dialect at every start.
    return Index(name, *columns, unique=unique, sqlite_where=text(where))


def company() -> Column[Any]:
    """Whose row it is."""
    return part_of("companies", "company_id")


def part_of(table: str, name: str) -> Column[Any]:
    """The row of another table that it belongs to and goes with."""
    return Column(name, Id, ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False)


def foreign_key(table: str, name: str) -> Column[Any]:
    """The same, as a part of the primary key."""
    return Column(name, Id, ForeignKey(f"{table}.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)


def child_of_client(table: str, nullable: bool = False) -> list[SchemaItem]:
    """The columns and the index by which a row belongs to a client."""
    index = Index(f"ix_{table}_client", "company_id", "client_id")
    return [Column("client_id", Id, nullable=nullable), in_client(table), index]


def in_client(table: str) -> SchemaItem:
    """That a row of the table is a client's and goes with it."""
    # With the company in the key, a client's rows are of its company, and the index that finds them also cascades.
    mine, whole = ["company_id", "client_id"], ["clients.company_id", "clients.id"]
    return ForeignKeyConstraint(mine, whole, name=f"fk_{table}_client", ondelete="CASCADE")


def team_user(name: str) -> Column[Any]:
    """A team user who may be gone."""
    return Column(name, Id, ForeignKey("users.id", ondelete="SET NULL"), nullable=True)


def times() -> list[Column[Any]]:
    """When a row was made and last changed."""
    return [integer("created_at"), integer("updated_at")]
