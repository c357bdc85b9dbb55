"""A register that is spread over the nodes of Citus: which table is where, and by which keys.

What belongs to a company is on one node, so that whatever is asked for one company is answered by that node. What every
request looks at is on all of them, and what the servers of the register keep for themselves is on the coordinator.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnClause,
    Connection,
    ForeignKeyConstraint,
    Table,
    UniqueConstraint,
    column,
    table,
    text,
)

from core.models import metadata

COUNTERS = table("company_counters", column("company_id"), column("next_number"))
"""The counters of client numbers (`core.access.counters`). The table is made last, and only a distributed register has
it."""
UNFINISHED = "unfinished_distribution"
"""A table that is there while a register is being distributed."""
SETTINGS = {"citus.multi_shard_modify_mode": "sequential"}  # else a company is not removed with all that refers to it

KEY = "company_id"
BY_COMPANY, ALL_NODES, COORDINATOR = "spread by company", "on every node", "on the coordinator"
ON_ALL_NODES = ("companies", "users", "tokens")
ON_COORDINATOR = (
    *("discarded_objects", "idempotency_keys", "login_guesses", "password_guesses", "rendering_walks"),
    *(
        "request_accounts",
        "server_controls",
        "sessions",
        "tailed_requests",
        "tails",
        "usage_days",
        "usage_names",
        "used_forms",
    ),
)


@dataclass(frozen=True)
class ForeignKey:
    """That columns of a table refer to those of another, and what then becomes of its rows."""

    name: str
    columns: tuple[str, ...]
    target: str
    referred: tuple[str, ...]
    on_delete: str


def by_company() -> list[Table]:
    """The tables whose rows are with their company's, each behind those that it refers to."""
    others = {*ON_ALL_NODES, *ON_COORDINATOR}
    return [each for each in metadata.sorted_tables if each.name not in others]


def keys_of(of: Table) -> Mapping[str, tuple[str, ...]]:
    """The primary key and the unique constraints of a table by company: by their names, the columns of each."""
    named = {constraint.name: constraint for constraint in of.constraints if isinstance(constraint, UniqueConstraint)}
    keys = {str(name): led(tuple(each.columns.keys())) for name, each in named.items()}
    return {f"pk_{of.name}": led(tuple(of.primary_key.columns.keys())), **keys}


def foreign_keys_of(of: Table) -> Iterator[ForeignKey]:
    """The foreign keys that a table has on a distributed register."""
    for each in of.constraints:
        if isinstance(each, ForeignKeyConstraint) and (key := foreign_key(each, place_of(of.name, of.c))):
            yield key


def foreign_key(declared: ForeignKeyConstraint, place: str) -> ForeignKey | None:
    """A foreign key as a table at that place has it on a distributed register; None if it has none."""
    names = [element.target_fullname.split(".") for element in declared.elements]
    target, columns, referred = names[0][0], tuple(declared.column_keys), tuple(name for _, name in names)
    if place == BY_COMPANY and target not in ON_ALL_NODES:
        columns, referred = led(columns), led(referred)
    elif place == COORDINATOR and target in ON_ALL_NODES:
        return None
    return ForeignKey(str(declared.name), columns, target, referred, declared.ondelete or "NO ACTION")


def place_of(name: str, columns: Iterable[ColumnClause[Any]]) -> str:
    """Where a table with these columns belongs, also one that this version's program does not know."""
    if name in ON_ALL_NODES:
        return ALL_NODES
    is_by_company = name not in ON_COORDINATOR and any(each.name == KEY for each in columns)
    return BY_COMPANY if is_by_company else COORDINATOR


def led(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns with the company's first."""
    return (KEY, *(each for each in columns if each != KEY))


@dataclass(frozen=True)
class Node:
    """A server of the cluster: where it is, and whether it has shards and answers queries for all."""

    name: str
    port: int
    has_shards: bool
    is_active: bool


def is_installed(connection: Connection) -> bool:
    """Whether this database has the extension."""
    if connection.dialect.name == "sqlite":
        return False
    return bool(connection.scalar(text("SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')")))


def has_counters(connection: Connection) -> bool:
    """Whether the register was distributed to its end, in this database or the one of which this is a copy."""
    return bool(connection.dialect.has_table(connection, COUNTERS.name))


def nodes(connection: Connection) -> list[Node]:
    """The servers that the coordinator knows, itself among them if it was named."""
    rows = connection.execute(
        text("SELECT nodename, nodeport, shouldhaveshards, isactive FROM pg_dist_node ORDER BY groupid, nodeid")
    )
    return [Node(*row) for row in rows]


def unreachable(connection: Connection) -> list[Node]:
    """The servers to which the one that is asked cannot connect."""
    check = text("SELECT citus_check_connection_to_node(:name, :port)")
    asked = [(each, {"name": each.name, "port": each.port}) for each in nodes(connection)]
    return [each for each, where in asked if not connection.scalar(check, where)]


def placed(connection: Connection) -> Mapping[str, str]:
    """By table, `h` if it is by a column and `n` if it is on all nodes, of those that are not on the coordinator."""
    rows = connection.execute(
        text(
            "SELECT relname, partmethod::text FROM pg_dist_partition JOIN pg_class ON pg_class.oid = logicalrelid"
            " WHERE relnamespace = current_schema()::regnamespace"
        )
    )
    return {row[0]: row[1] for row in rows}


def missing(connection: Connection) -> list[str]:
    """The tables that are not where they belong on a distributed register."""
    found = placed(connection)
    wanted = {**dict.fromkeys(ON_ALL_NODES, "n"), **{each.name: "h" for each in by_company()}, COUNTERS.name: "h"}
    return [name for name, method in wanted.items() if found.get(name) != method]
