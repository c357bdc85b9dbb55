"""Migrations of a register that is distributed over the nodes of Citus (`core.database.distribution`).

Citus applies most changes of a table to its shards by itself. But it does not know where a new table belongs, and
refuses unique keys that do not contain the company.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations
from sqlalchemy import Connection

from core.database import distribution
from core.database.distributing import add_foreign_key, existing_keys, replace_keys
from core.database.distribution import ALL_NODES, BY_COMPANY, KEY, SETTINGS

_ROWS = sa.text(
    "SELECT coalesce(sum(greatest(result::float8, 0)), 0)::bigint FROM run_command_on_shards(CAST(:table AS text),"
    " 'SELECT reltuples FROM pg_class WHERE oid = ''%s''::regclass')"
)
Parts = Sequence[sa.schema.SchemaItem]


def placement_of(table: str, parts: Parts) -> str:
    """Return where a table with these columns and constraints belongs."""
    return distribution.placement_of(table, [part for part in parts if isinstance(part, sa.Column)])


def create_table(op: Operations, table: str, parts: Parts, options: dict[str, Any]) -> None:
    """Create a table where it belongs. If it is distributed by company, its keys begin with the company."""
    connection, place = op.get_bind(), placement_of(table, parts)
    for setting in SETTINGS.items():
        connection.execute(sa.select(sa.func.set_config(*setting, True)))
    op.create_table(table, *(part for part in parts if not isinstance(part, sa.ForeignKeyConstraint)), **options)
    if place == BY_COMPANY:
        there = existing_keys(connection, table)
        replace_keys(connection, table, {name: distribution.company_first(columns) for name, columns in there.items()})
        connection.exec_driver_sql(f"SELECT create_distributed_table('{table}', '{KEY}', colocate_with => 'clients')")
    elif place == ALL_NODES:
        connection.exec_driver_sql(f"SELECT create_reference_table('{table}')")
    for part in parts:
        if isinstance(part, sa.ForeignKeyConstraint) and (key := distribution.foreign_key(part, place)):
            add_foreign_key(connection, table, key)


def company_first(columns: Sequence[str | sa.TextClause]) -> list[str | sa.TextClause]:
    """Return the columns of a unique index with the company's first."""
    return [KEY, *(each for each in columns if each != KEY)]


def rows_of(connection: Connection, table: str) -> int:
    """Return the estimated number of rows in a table's shards; 0 if it is not known."""
    if distribution.placements(connection).get(table) != "h":
        return 0
    return int(connection.execute(_ROWS, {"table": table}).scalar_one())
