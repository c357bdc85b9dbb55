"""Loading rows into a database as fast as possible: COPY on PostgreSQL, many rows per statement on SQLite."""

from collections.abc import Sequence

from sqlalchemy import Connection, Table, func, select, text

from core.database.deferred import flush
from core.models import metadata
from core.operations.copying.rows import Row, names


def prepare(connection: Connection) -> None:
    """Prepare a connection for loading, outside of any transaction.

    The rows have the foreign keys of the source, so they need not be checked one by one. Where they are not checked
    while loading, `dangling` checks them afterwards.
    """
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]


def load(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows in the caller's transaction."""
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
    """Return how many rows refer to a row that does not exist."""
    if connection.dialect.name != "sqlite":
        return 0  # PostgreSQL has checked every row
    return len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())


def last_ids(connection: Connection) -> dict[str, int]:
    """Return the last id that each table has assigned, even if its row was removed since: ids are never reused."""
    if connection.dialect.name == "sqlite":
        given = {row.name: row.seq for row in connection.execute(text("SELECT name, seq FROM sqlite_sequence"))}
        return {table.name: int(given.get(table.name, 0)) for table in tables_with_ids()}
    return {table.name: _last_value(connection, table) for table in tables_with_ids()}


def set_last_ids(connection: Connection, last: dict[str, int]) -> None:
    """Set the last id of each table, so that new ids continue those of another database."""
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


def tables_with_ids() -> list[Table]:
    """Return the tables that assign ids."""
    return [table for table in metadata.sorted_tables if table.dialect_options["sqlite"]["autoincrement"]]


def _last_value(connection: Connection, table: Table) -> int:
    sequence = connection.execute(select(func.pg_get_serial_sequence(table.name, "id"))).scalar_one()
    row = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {sequence}").one()  # noqa: S608 (the server's own name)
    return int(row[0]) if row[1] else 0
