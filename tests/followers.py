"""What is kept beside clients, compared with what it would be if it were made of them now (`core.followers`)."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from core import activities, companies, counts, records, renderings, search, webhooks
from core.attributes import state_of
from core.models import activities as activities_table
from core.models import client_renderings, client_search, clients, webhook_deliveries
from core.query import ANY, Stored
from core.renderings import View
from tests.drivers import Company


def subscribe(company: Company) -> None:
    """Have every change of the company's clients told to somebody who sees all of them and never answers."""
    company.server.database.write_now(
        lambda connection: webhooks.add(connection, _id_of(connection, company), "http://127.0.0.1:9/never", "v1")
    )


def left_behind(company: Company, unrendered: bool = False) -> list[str]:
    """Whatever is not as the clients of a company that has had `subscribe` from its beginning would have it.

    Renderings may be missing, never wrong, if they are `unrendered`.
    """

    def unit(connection: Connection) -> list[str]:
        company_id = _id_of(connection, company)
        ids = connection.execute(select(clients.c.id).where(clients.c.company_id == company_id)).scalars()
        found = [records.stored(connection, company_id, each, ANY) for each in ids]
        return [
            *(f"counts from {first}" for of, first in counts.disagreeing(connection) if of == company_id),
            *_of_nobody(connection),
            *_unlike_searches(connection, found),
            *_unlike_renderings(connection, found, renderings.views_of(connection), unrendered),
            *_untold(connection, found, activities_table, "activity"),
            *_untold(connection, found, webhook_deliveries, "message"),
        ]

    return company.server.database.read_now(unit)


def _id_of(connection: Connection, company: Company) -> int:
    return companies.find(connection, company.name)


def _of_nobody(connection: Connection) -> Iterator[str]:
    if lost := activities.of_nobody(connection):
        yield f"{lost} activities are of clients that are gone"


def _unlike_searches(connection: Connection, found: Sequence[Stored]) -> Iterator[str]:
    columns = ("deleted", "stand_in", "name", "rest")
    for stored in found:
        row = select(*(client_search.c[name] for name in columns)).where(client_search.c.client_id == _id(stored))
        kept = connection.execute(row).mappings().first()
        if kept is None or dict(kept) != search.found_by(stored.record):
            yield f"client {_id(stored)} is found by {kept}"


def _unlike_renderings(
    connection: Connection, found: Sequence[Stored], views: Sequence[View], unrendered: bool
) -> Iterator[str]:
    for stored in found:
        for view in views:
            if state_of(stored.record) not in view.states:
                continue
            mine = (client_renderings.c.client_id == _id(stored), client_renderings.c.view == view.name)
            kept = connection.execute(select(client_renderings).where(*mine)).mappings().first()
            is_now = kept is not None and (kept["client_at"], kept["category_at"], kept["company_at"]) == tuple(
                stored.moments
            )
            if is_now and kept["body"] != view.render(stored.record):
                yield f"client {_id(stored)} looks otherwise in {view.name}"
            elif not is_now and not unrendered:
                yield f"client {_id(stored)} has no rendering in {view.name}"


def _untold(connection: Connection, found: Sequence[Stored], table: Any, what: str) -> Iterator[str]:
    for stored in found:
        mine = table.c.client_id == _id(stored)
        last = connection.execute(select(func.max(table.c.created_at)).where(mine)).scalar() or 0
        if last < stored.record["updated_at"]:
            yield f"client {_id(stored)} has no {what} of its last change"


def _id(stored: Stored) -> int:
    return int(stored.record["id"])
