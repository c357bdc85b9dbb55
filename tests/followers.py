"""Compares data that is derived from clients with what would be derived now (`core.clients.followers`)."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from core.access import companies
from core.clients import contacts, records
from core.events import activities, webhooks
from core.models import activities as activities_table
from core.models import changes, client_renderings, client_search, clients, webhook_deliveries
from core.projections import counts, renderings, search
from core.query import StoredRecord, state_of
from core.view import View
from tests.drivers import Company

_SEARCHED = ("deleted", "stand_in", "name", "rest")
_TIMESTAMPS = ("client_at", "category_at", "company_at")


def subscribe(company: Company) -> None:
    """Subscribe to every change of the company's clients, at an address that never answers."""
    company.server.database.write_now(
        lambda connection: webhooks.add(connection, _id_of(connection, company), "http://127.0.0.1:9/never", "v1")
    )


def left_behind(company: Company, unrendered: bool = False) -> list[str]:
    """Return the derived data that does not agree with the clients of a company that had `subscribe` from its start.

    Renderings may be missing, never wrong, if they are `unrendered`.
    """

    def unit(connection: Connection) -> list[str]:
        company_id = _id_of(connection, company)
        ids = connection.execute(select(clients.c.id).where(clients.c.company_id == company_id)).scalars().all()
        found = {stored.record["id"]: stored for stored in records.get_all(connection, company_id, list(ids))}
        return [
            *(f"counts from {first}" for of, first in counts.blocks_with_wrong_counts(connection) if of == company_id),
            *_unlike_searches(connection, company_id, found),
            *_unlike_renderings(connection, company_id, found, unrendered),
            *_untold(connection, company_id, found, activities_table),
            *_untold(connection, company_id, found, webhook_deliveries),
            *_untold(connection, company_id, found, changes),
            *_unlike_changes(connection, company_id, found),
            *(
                f"{lost} activities are of clients that are gone"
                for lost in [activities.count_orphans(connection)]
                if lost
            ),
            *(f"{n} contacts are not hidden as clients are" for n in [contacts.count_wrongly_hidden(connection)] if n),
        ]

    return company.server.database.read_now(unit)


def _id_of(connection: Connection, company: Company) -> int:
    return companies.find(connection, company.name)


def _unlike_searches(connection: Connection, company_id: int, found: dict[int, StoredRecord]) -> Iterator[str]:
    rows = connection.execute(select(client_search).where(client_search.c.company_id == company_id)).mappings()
    kept = {row["client_id"]: {name: row[name] for name in _SEARCHED} for row in rows}
    for client_id in kept.keys() | found.keys():
        wanted = search.searched_row(found[client_id].record) if client_id in found else None
        if kept.get(client_id) != wanted:
            yield f"client {client_id} is found by {kept.get(client_id)}, not by {wanted}"


def _unlike_renderings(
    connection: Connection, company_id: int, found: dict[int, StoredRecord], unrendered: bool
) -> Iterator[str]:
    rows = connection.execute(select(client_renderings).where(client_renderings.c.company_id == company_id)).mappings()
    kept = {(row["client_id"], row["view"], *(row[name] for name in _TIMESTAMPS)): row["packed"] for row in rows}
    for client_id, view, stored in _shown(found, renderings.views_of(connection)):
        packed = kept.get((client_id, view.name, *stored.timestamps))
        if packed is None and not unrendered:
            yield f"client {client_id} has no rendering in {view.name}"
        if packed is not None and view.packing.unpack(packed).decode() != view.render(stored.record):
            yield f"client {client_id} looks otherwise in {view.name}"


def _shown(found: dict[int, StoredRecord], views: Sequence[View]) -> Iterator[tuple[int, View, StoredRecord]]:
    for client_id, stored in found.items():
        yield from ((client_id, view, stored) for view in views if state_of(stored.record) in view.states)


def _untold(connection: Connection, company_id: int, found: dict[int, StoredRecord], table: Any) -> Iterator[str]:
    newest = select(table.c.client_id, func.max(table.c.created_at)).where(table.c.company_id == company_id)
    told = dict(tuple(row) for row in connection.execute(newest.group_by(table.c.client_id)))
    for client_id, stored in found.items():
        if told.get(client_id, 0) < stored.record["updated_at"]:
            yield f"{table.name} know nothing of the last change of client {client_id}"


def _unlike_changes(connection: Connection, company_id: int, found: dict[int, StoredRecord]) -> Iterator[str]:
    mine = changes.c.company_id == company_id
    rows = connection.execute(select(changes.c.client_id, changes.c.kind).where(mine).order_by(changes.c.id))
    last = dict(tuple(row) for row in rows)
    for client_id in last.keys() | found.keys():
        if (last.get(client_id) in ("purged", "merged")) == (client_id in found):
            yield f"the last change of client {client_id} is told as {last.get(client_id)}"
