"""Rows into a database as fast as it takes them: COPY on PostgreSQL, many rows a statement on SQLite."""

from collections.abc import Sequence

from sqlalchemy import Connection, Table, func, select, text

from core.database.deferred import flush
from core.models import metadata
from core.operations.copying.rows import Row, names


def prepare(connection: Connection) -> None:
    """Make a connection that is about to load ready, outside any transaction that it knows of.

    Foreign keys need no look at every row: they are those of the source. Where they are not looked at while loading,
    `dangling` does afterwards.
    """
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]


def load(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Store rows in the caller's transaction."""
    columns = ", ".join(names(table))
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" for _ in table.columns)
        statement = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608 (our own names)
        connection.exec_driver_sql(statement, list(rows))
        return
    flush(connection)
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.close()


def dangling(connection: Connection) -> int:
    """How many rows belong to a row that is not there."""
    if connection.dialect.name != "sqlite":
        return 0  # PostgreSQL looked at every one
    return len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())


def last_ids(connection: Connection) -> dict[str, int]:
    """The last id that every table gave out, be it purged since: ids name nothing twice."""
    if connection.dialect.name == "sqlite":
        given = {row.name: row.seq for row in connection.execute(text("SELECT name, seq FROM sqlite_sequence"))}
        return {table.name: int(given.get(table.name, 0)) for table in numbered()}
    return {table.name: _last_value(connection, table) for table in numbered()}


def set_last_ids(connection: Connection, last: dict[str, int]) -> None:
    """Go on counting where another database stopped."""
    for name, value in last.items():
        if value == 0:
            continue
        if connection.dialect.name == "sqlite":
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
            connection.execute(
                text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :value)"), {"name": name, "value": value}
            )
        else:
            connection.execute(select(func.setval(func.pg_get_serial_sequence(name, "id"), value)))


def numbered() -> list[Table]:
    """The tables that give out ids."""
    return [table for table in metadata.sorted_tables if table.dialect_options["sqlite"]["autoincrement"]]


def _last_value(connection: Connection, table: Table) -> int:
    sequence = connection.execute(select(func.pg_get_serial_sequence(table.name, "id"))).scalar_one()
    row = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {sequence}").one()  # noqa: S608 (the server's own name)
    return int(row[0]) if row[1] else 0
