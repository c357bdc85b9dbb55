"""The distribution of a register over the nodes of Citus, table by table.

Every step checks what is done, does what is missing, and is committed by itself, so an interrupted run can be resumed.
Rows stay where they are until their table's turn. A mark keeps gateways away until the last step is done.
"""

import time
from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import Connection, Table, delete, func, insert, inspect, select, text

from core.database import distribution
from core.database.database import Database
from core.database.distribution import COUNTERS, KEY, ON_ALL_NODES, UNFINISHED, ForeignKey
from core.errors import CannotDistribute
from core.models import companies, metadata
from core.text.plural import counted

Progress = Callable[[str], None]
"""Called with a description of the next step."""

_LEAVING_SECONDS = 3.0
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    " AND pid <> pg_backend_pid() AND application_name NOT LIKE 'citus%'"
)


def plan(connection: Connection) -> list[str]:
    """Return in sentences what `distribute` would do; nothing if all is done. Raises `CannotDistribute`."""
    _check_server(connection)
    missing = distribution.missing(connection)
    if not missing and not is_unfinished(connection):
        return []
    everywhere = [name for name in ON_ALL_NODES if name in missing]
    spread = [name for name in missing if name not in everywhere]
    nodes = [f"{each.name}:{each.port}" for each in distribution.nodes(connection) if each.has_shards]
    return [
        f"Primary keys, unique constraints and foreign keys of {counted(len(spread), 'table')} will begin with {KEY}.",
        f"To every node: {', '.join(everywhere) or 'nothing'}.",
        f"Spread by company over {', '.join(nodes)}: {', '.join(spread) or 'nothing'}.",
    ]


def is_unfinished(connection: Connection) -> bool:
    """Return whether a distribution has begun and is not complete."""
    return bool(connection.dialect.has_table(connection, UNFINISHED))


def others(connection: Connection) -> int:
    """Return the number of other connections to this database."""
    return int(connection.scalar(_OTHERS) or 0)


def distribute(database: Database, progress: Progress) -> None:
    """Distribute a register of this version's schema, or the part of it that is not distributed yet.

    Raises `CannotDistribute` if the server or its users do not allow it.
    """
    database.engine.dispose()  # closes connections that the upgrade has left open
    with database.bulk_writing() as connection:
        _wait_for_others(connection)
        with connection.begin():
            _begin(connection)
        for step, do in _steps(connection):
            progress(step)
            with connection.begin():
                for setting in distribution.SETTINGS.items():
                    connection.execute(select(func.set_config(*setting, True)))
                do(connection)
        with connection.begin():
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {UNFINISHED}")
    database.replace_connections()


def _check_server(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        raise CannotDistribute(
            "SQLite cannot be distributed; copy the register to PostgreSQL with `gateway db copy` first"
        )
    if not distribution.is_installed(connection):
        raise CannotDistribute(
            "this database does not have the extension citus; if it is installed on the server, run CREATE EXTENSION"
            " citus here and in the database of the same name on every worker"
        )
    nodes = distribution.nodes(connection)
    if not any(each.has_shards for each in nodes):
        raise CannotDistribute(
            "Citus has no node that can store rows; register the coordinator with citus_set_coordinator_host and every"
            " worker with citus_add_node, in this database"
        )
    if away := [f"{each.name}:{each.port}" for each in nodes if not each.is_active]:
        raise CannotDistribute(f"these nodes are not active: {', '.join(away)}")


def _wait_for_others(connection: Connection) -> None:
    """Wait until server processes have ended whose connections were just closed, such as those of an upgrade."""
    until = time.monotonic() + _LEAVING_SECONDS
    while time.monotonic() < until:
        with connection.begin():  # a new one each time, because the answer stays the same within a transaction
            if not others(connection):
                return
        time.sleep(0.05)


def _begin(connection: Connection) -> None:
    _check_server(connection)
    if there := others(connection):
        raise CannotDistribute(
            f"{counted(there, 'other connection')} to this database; stop every gateway and program first"
        )
    connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {UNFINISHED} (unused INTEGER)")


def _steps(connection: Connection) -> Iterator[tuple[str, Callable[[Connection], None]]]:
    with connection.begin():
        missing = set(distribution.missing(connection))
    yield "removing foreign keys", _drop_foreign_keys(missing)
    for name in ON_ALL_NODES:
        if name in missing:
            yield f"copying {name} to every node", _replicate_table(name)
    for each in distribution.by_company():
        if each.name in missing:
            yield f"spreading {each.name}", _distribute_table(each)
    for each in metadata.sorted_tables:
        if list(distribution.foreign_keys_of(each)):
            yield f"adding foreign keys of {each.name}", _add_foreign_keys(each)
    if COUNTERS.name in missing:
        yield f"creating {COUNTERS.name}", _make_counters


def _drop_foreign_keys(missing: set[str]) -> Callable[[Connection], None]:
    """Return the step that drops the foreign keys that are wrong, or of tables that are still to be moved."""

    def drop(connection: Connection) -> None:
        for each in metadata.sorted_tables:
            kept = {
                (key.name, key.columns)
                for key in distribution.foreign_keys_of(each)
                if not {each.name, key.target} & missing
            }
            for name, columns in _foreign_keys(connection, each).items():
                if (name, columns) not in kept:
                    connection.exec_driver_sql(f"ALTER TABLE {each.name} DROP CONSTRAINT {name}")

    return drop


def _replicate_table(name: str) -> Callable[[Connection], None]:
    def bring(connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT create_reference_table('{name}')")
        _empty_local(connection, name)

    return bring


def _distribute_table(of: Table) -> Callable[[Connection], None]:
    def distribute_table(connection: Connection) -> None:
        replace_keys(connection, of.name, distribution.keys_of(of))
        first = distribution.by_company()[0].name
        colocated = "'none'" if of.name == first else f"'{first}'"
        connection.exec_driver_sql(
            f"SELECT create_distributed_table('{of.name}', '{KEY}', colocate_with => {colocated})"
        )
        _empty_local(connection, of.name)

    return distribute_table


def _empty_local(connection: Connection, name: str) -> None:
    """Free the space of the rows that were copied to the nodes."""
    connection.exec_driver_sql(f"SELECT truncate_local_data_after_distributing_table('{name}')")


def replace_keys(connection: Connection, of: str, wanted: Mapping[str, tuple[str, ...]]) -> None:
    """Give a table the wanted keys, the first of which is the primary key."""
    primary, *_ = wanted
    there = existing_keys(connection, of)
    for name, columns in wanted.items():
        if there.get(name) == columns:
            continue
        kind = "PRIMARY KEY" if name == primary else "UNIQUE"
        dropped = f"DROP CONSTRAINT {name}, " if name in there else ""
        connection.exec_driver_sql(f"ALTER TABLE {of} {dropped}ADD CONSTRAINT {name} {kind} ({', '.join(columns)})")


def existing_keys(connection: Connection, of: str) -> dict[str, tuple[str, ...]]:
    """Return the columns of a table's primary key and then of its unique constraints, by constraint name."""
    looking = inspect(connection)
    primary = looking.get_pk_constraint(of)
    found = {str(primary["name"]): tuple(primary["constrained_columns"])}
    return found | {str(each["name"]): tuple(each["column_names"]) for each in looking.get_unique_constraints(of)}


def _add_foreign_keys(of: Table) -> Callable[[Connection], None]:
    def add(connection: Connection) -> None:
        there = _foreign_keys(connection, of)
        for key in distribution.foreign_keys_of(of):
            if key.name not in there:
                add_foreign_key(connection, of.name, key)

    return add


def add_foreign_key(connection: Connection, of: str, key: ForeignKey) -> None:
    """Add a foreign key to a table."""
    columns, referred = ", ".join(key.columns), ", ".join(key.referred)
    connection.exec_driver_sql(
        f"ALTER TABLE {of} ADD CONSTRAINT {key.name} FOREIGN KEY ({columns})"
        f" REFERENCES {key.target} ({referred}) ON DELETE {key.on_delete}"
    )


def _foreign_keys(connection: Connection, of: Table) -> dict[str, tuple[str, ...]]:
    found = inspect(connection).get_foreign_keys(of.name)
    return {str(each["name"]): tuple(each["constrained_columns"]) for each in found}


def _make_counters(connection: Connection) -> None:
    """Move the counters out of `companies`. From here on the register counts as distributed."""
    connection.exec_driver_sql(
        f"CREATE TABLE {COUNTERS.name} (company_id BIGINT PRIMARY KEY, next_number BIGINT NOT NULL)"
    )
    connection.exec_driver_sql(
        f"SELECT create_distributed_table('{COUNTERS.name}', '{KEY}', colocate_with => 'clients')"
    )
    connection.exec_driver_sql(
        f"ALTER TABLE {COUNTERS.name} ADD CONSTRAINT fk_{COUNTERS.name}_company_id FOREIGN KEY ({KEY})"
        " REFERENCES companies (id) ON DELETE CASCADE"
    )
    fill_counters(connection)


def fill_counters(connection: Connection) -> None:
    """Create a counter for every company, with the value of its column."""
    connection.execute(delete(COUNTERS))
    columns = select(companies.c.id, companies.c.next_number)
    connection.execute(insert(COUNTERS).from_select(["company_id", "next_number"], columns))
