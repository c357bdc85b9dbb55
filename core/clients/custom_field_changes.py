"""Changes of custom fields, and their removal together with the values that clients have in them."""

from collections.abc import Iterator
from typing import cast

from sqlalchemy import Connection, delete, select, update

from core.access.keys import operator
from core.clients import custom_fields, records, writing
from core.clients.attributes import columns_changed
from core.database.chunks import chunked
from core.database.rows import is_row
from core.errors import NotFound, Problem, Rejected
from core.events.activities import Kind
from core.models import clients
from core.models import custom_fields as table
from core.models.records import ClientRecord
from core.query import Record, StoredRecord

_COLUMNS = 4  # of clients; the values of further fields are in `more_custom_values`


def find(connection: Connection, company_id: int, name: str) -> Record:
    """Return the company's field of that name. Raises `NotFound`."""
    for each in custom_fields.list_all(connection, company_id):
        if each["name"] == name:
            return each
    raise NotFound("custom field")


def change(connection: Connection, company_id: int, name: str, changes: Record) -> None:
    """Change the `name`, `title` or `required` of a field.

    Raises `NotFound`, and `Rejected` if another field has the name.
    """
    known = find(connection, company_id, name)
    renamed = changes.get("name", name)
    if renamed != name and any(each["name"] == renamed for each in custom_fields.list_all(connection, company_id)):
        raise Rejected(Problem("name", "taken"))
    if changes:
        connection.execute(update(table).where(is_row(table, company_id, known["id"])).values(changes))


def clients_with(connection: Connection, company_id: int, position: int) -> list[int]:
    """Return the ids of the clients that have a value in a field, ascending."""
    mine = clients.c.company_id == company_id
    if position <= _COLUMNS:
        filled = clients.c[f"custom_value{position}"] != ""
        return list(connection.execute(select(clients.c.id).where(mine, filled).order_by(clients.c.id)).scalars())
    rows = connection.execute(select(clients.c.id, clients.c.more_custom_values).where(mine).order_by(clients.c.id))
    return [row.id for row in rows if row.more_custom_values.get(str(position))]


def remove(connection: Connection, company_id: int, name: str) -> None:
    """Remove a field and the values that clients have in it. Each client is changed as usual. Raises `NotFound`."""
    known = find(connection, company_id, name)
    empty = {f"custom_value{known['position']}": ""}
    for client in _lock_clients_with(connection, company_id, known["position"]):
        emptied = cast(ClientRecord, {**client.record, **columns_changed(client.record, empty)})
        writing.write(connection, operator(company_id), Kind.UPDATED, client, emptied)
    connection.execute(delete(table).where(is_row(table, company_id, known["id"])))


def _lock_clients_with(connection: Connection, company_id: int, position: int) -> Iterator[StoredRecord[ClientRecord]]:
    for portion in chunked(clients_with(connection, company_id, position)):
        yield from records.lock_all(connection, company_id, portion)
