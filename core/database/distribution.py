"""The layout of a register that is distributed over the nodes of Citus: which table is where, and by which keys.

The rows of a company are on one node, so that node answers every query about one company. Tables that every request
reads are on all nodes. Tables that only the register's servers use are on the coordinator.
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

from core.database.prepared import Prepared
from core.models import metadata

COUNTERS = table("company_counters", column("company_id"), column("next_number"))
"""The counters of client numbers (`core.access.counters`), a table of distributed registers only.

It is created last.
"""
UNFINISHED = "unfinished_distribution"
"""A table that exists while a register is being distributed."""
SETTINGS = {
    "citus.multi_shard_modify_mode": "sequential"
}  # else removing a company would not remove all rows that refer to it

_NODE = Prepared(
    text(
        "SELECT nodename || ':' || CAST(nodeport AS text) FROM pg_dist_placement JOIN pg_dist_node USING (groupid)"
        " WHERE noderole = 'primary'"
        " AND shardid = get_shard_id_for_distribution_column('clients', CAST(:company_id AS bigint)) LIMIT 1"
    )
)
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
    """A foreign key: its columns, the columns they refer to, and what happens to its rows on delete."""

    name: str
    columns: tuple[str, ...]
    target: str
    referred: tuple[str, ...]
    on_delete: str


def by_company() -> list[Table]:
    """Return the tables that are distributed by company, each after those that it refers to."""
    others = {*ON_ALL_NODES, *ON_COORDINATOR}
    return [each for each in metadata.sorted_tables if each.name not in others]


def keys_of(of: Table) -> Mapping[str, tuple[str, ...]]:
    """Return the primary key and unique constraints of a table that is distributed by company: columns by name."""
    named = {constraint.name: constraint for constraint in of.constraints if isinstance(constraint, UniqueConstraint)}
    keys = {str(name): company_first(tuple(each.columns.keys())) for name, each in named.items()}
    return {f"pk_{of.name}": company_first(tuple(of.primary_key.columns.keys())), **keys}


def foreign_keys_of(of: Table) -> Iterator[ForeignKey]:
    """Return the foreign keys of a table on a distributed register."""
    for each in of.constraints:
        if isinstance(each, ForeignKeyConstraint) and (key := foreign_key(each, placement_of(of.name, of.c))):
            yield key


def foreign_key(declared: ForeignKeyConstraint, place: str) -> ForeignKey | None:
    """Return a foreign key as a table at that place has it on a distributed register; None if it has none."""
    names = [element.target_fullname.split(".") for element in declared.elements]
    target, columns, referred = names[0][0], tuple(declared.column_keys), tuple(name for _, name in names)
    if place == BY_COMPANY and target not in ON_ALL_NODES:
        columns, referred = company_first(columns), company_first(referred)
    elif place == COORDINATOR and target in ON_ALL_NODES:
        return None
    return ForeignKey(str(declared.name), columns, target, referred, declared.ondelete or "NO ACTION")


def placement_of(name: str, columns: Iterable[ColumnClause[Any]]) -> str:
    """Return where a table with these columns belongs, also one that this version does not know."""
    if name in ON_ALL_NODES:
        return ALL_NODES
    is_by_company = name not in ON_COORDINATOR and any(each.name == KEY for each in columns)
    return BY_COMPANY if is_by_company else COORDINATOR


def company_first(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns with the company's first."""
    return (KEY, *(each for each in columns if each != KEY))


@dataclass(frozen=True)
class Node:
    """A server of the cluster, whether it has shards, and whether it is active."""

    name: str
    port: int
    has_shards: bool
    is_active: bool


def is_installed(connection: Connection) -> bool:
    """Return whether this database has the extension."""
    if connection.dialect.name == "sqlite":
        return False
    return bool(connection.scalar(text("SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')")))


def has_counters(connection: Connection) -> bool:
    """Return whether the register was completely distributed, here or in the database that this is a copy of."""
    return bool(connection.dialect.has_table(connection, COUNTERS.name))


def nodes(connection: Connection) -> list[Node]:
    """Return the servers that the coordinator knows, including itself if it was registered."""
    rows = connection.execute(
        text("SELECT nodename, nodeport, shouldhaveshards, isactive FROM pg_dist_node ORDER BY groupid, nodeid")
    )
    return [Node(*row) for row in rows]


def node_of(connection: Connection, company_id: int) -> str:
    """Return the node (`host:port`) with a company's rows on a distributed register."""
    return str(_NODE.scalar(connection, company_id=company_id))


def unreachable(connection: Connection) -> list[Node]:
    """Return the nodes to which the server of this connection cannot connect."""
    check = text("SELECT citus_check_connection_to_node(:name, :port)")
    arguments = [(each, {"name": each.name, "port": each.port}) for each in nodes(connection)]
    return [each for each, where in arguments if not connection.scalar(check, where)]


def placements(connection: Connection) -> Mapping[str, str]:
    """Return the distribution of each table that is not local to the coordinator: `h` by a column, `n` on all nodes."""
    rows = connection.execute(
        text(
            "SELECT relname, partmethod::text FROM pg_dist_partition JOIN pg_class ON pg_class.oid = logicalrelid"
            " WHERE relnamespace = current_schema()::regnamespace"
        )
    )
    return {row[0]: row[1] for row in rows}


def missing(connection: Connection) -> list[str]:
    """Return the tables that are not where they belong on a distributed register."""
    found = placements(connection)
    wanted = {**dict.fromkeys(ON_ALL_NODES, "n"), **{each.name: "h" for each in by_company()}, COUNTERS.name: "h"}
    return [name for name, method in wanted.items() if found.get(name) != method]
