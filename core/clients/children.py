"""Rows that belong to a client and have ids of their own. A change of such a row locks its client."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, exists, select

from core.clients import records
from core.errors import NotFound, RecordDeleted
from core.listing import COMPANY
from core.models import clients as clients_table
from core.models.records import StoredClient
from core.query import Record


def lock_rows(
    connection: Connection, company_id: int, table: Table, noun: str, ids: Sequence[int]
) -> list[tuple[StoredClient, list[Any]]]:
    """Lock the clients of these rows until commit, and return the rows by client.

    Raises `NotFound` if one of them is not the company's, and `RecordDeleted` if a client is soft-deleted.
    """
    clients = None
    while clients is None:
        found = _rows(connection, company_id, table, noun, ids)
        clients = _locked(connection, company_id, sorted({row["client_id"] for row in found}))
    if any(client.record["deleted_at"] for client in clients.values()):
        raise RecordDeleted
    # Read again, because a concurrent write may have changed them before it released the lock.
    found = _rows(connection, company_id, table, noun, ids)
    return [(clients[client_id], list(rows)) for client_id, rows in groupby(found, lambda row: row["client_id"])]


def of_living_clients(table: Table) -> ColumnElement[bool]:
    """Return the condition that a row's client is not soft-deleted, for a `Listing`."""
    mine = clients_table.c.company_id == COMPANY, clients_table.c.id == table.c.client_id
    return exists().where(*mine, clients_table.c.deleted_at == 0)


def _rows(connection: Connection, company_id: int, table: Table, noun: str, ids: Sequence[int]) -> list[Record]:
    mine = (table.c.company_id == company_id, table.c.id.in_(set(ids)))
    rows = connection.execute(select(table).where(*mine).order_by(table.c.client_id, table.c.id)).mappings().all()
    if len(rows) != len(set(ids)):
        raise NotFound(noun)
    return [dict(row) for row in rows]


def _locked(connection: Connection, company_id: int, ids: Sequence[int]) -> dict[int, StoredClient] | None:
    """Return the locked clients by id; None if one was merged into another meanwhile, so that its rows have moved."""
    try:
        return {client_id: records.lock(connection, company_id, client_id) for client_id in ids}
    except NotFound:
        return None
