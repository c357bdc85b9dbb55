"""Reads what a database reports about itself, for the diagnosis of a register that is slow, unsafe or damaged."""

from collections.abc import Mapping

from sqlalchemy import Connection, func, select, text

from core.database.postgresql import is_distributed
from core.models import clients, companies

_SQLITE = ("journal_mode", "synchronous")
_POSTGRESQL = (
    *("server_version", "fsync", "full_page_writes", "synchronous_commit"),
    *("max_connections", "superuser_reserved_connections", "transaction_read_only"),
)


def settings(connection: Connection) -> Mapping[str, str]:
    """Return the database's settings for durability and connections, by the database's own names."""
    if connection.dialect.name == "sqlite":
        read = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in _SQLITE}
        return {name: str(value) for name, value in read.items()}
    return {name: str(connection.execute(select(func.current_setting(name))).scalar_one()) for name in _POSTGRESQL}


def clock(connection: Connection) -> int | None:
    """Return the database's time in microseconds; None if it has no clock of its own (SQLite)."""
    if connection.dialect.name == "sqlite":
        return None
    return int(connection.execute(text("SELECT extract(epoch FROM clock_timestamp()) * 1000000")).scalar_one())


def last_change(connection: Connection) -> int:
    """Return when a client was last changed, by the clock of the writer; 0 if there is none."""
    latest = select(func.max(clients.c.updated_at))
    if not is_distributed(connection):  # Citus supports only the plain statement, which reads all clients
        of_company = latest.where(clients.c.company_id == companies.c.id).scalar_subquery()
        latest = select(func.max(of_company)).select_from(companies)
    return int(connection.execute(latest).scalar() or 0)
