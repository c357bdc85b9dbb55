"""Pages of the clients that a search finds."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, bindparam, func, select

from core.clients.matching import Matching, Shape, bound, order_of
from core.clients.record_statements import (
    SELECT_RENDERINGS,
    bindings,
    parsed,
    rendered,
    select_clients,
    select_records,
    with_state_index,
)
from core.clients.records import present
from core.database.prepared import Prepared
from core.models import clients
from core.models.records import ClientRecord, StoredClient
from core.projections import search
from core.projections.counts import Counts
from core.projections.search import Hits
from core.query import ResultPage, Search, Sort, State
from core.view import View


def page(connection: Connection, company_id: int, query: Search, view: View | None = None) -> ResultPage[ClientRecord]:
    """Return one page of the clients that a search finds, with the exact total.

    Clients come with their stored renderings, where there are any.
    """
    filters = [each for one in query.filters for each in search.planned(connection, one)]
    offset = (query.page - 1) * query.size
    shape = tuple((each.name, each.operator) for each in filters)
    values = {"company": company_id, "size": query.size, "offset": offset, "start": 0} | bound(filters)
    if shape:
        total = int(_counted(shape, query.states).all(connection, **values)[0][0])
    else:
        counts = Counts(connection, company_id, query.states)
        total = counts.total
        if query.sort.name == "id":
            values["start"], values["offset"] = counts.skip(offset, query.sort.descending)
    if offset >= total:
        return ResultPage([], total, query.page, query.size)
    by = select_records if view is None else SELECT_RENDERINGS[connection.dialect.name]
    listed = _listed(shape, query.states, query.sort, by)
    if view is None:
        found = [parsed(row) for row in listed.all(connection, **values)]
    else:
        rows = listed.all(connection, **values, **bindings(view))
        found = _completed(connection, company_id, query.states, rows, view)
    return ResultPage(found, total, query.page, query.size)


def _completed(
    connection: Connection, company_id: int, states: frozenset[State], rows: Sequence[Sequence[Any]], view: View
) -> list[StoredClient]:
    """Return the stored renderings of these clients by id, and the whole records of clients without a rendering."""
    missing = [row[0] for row in rows if not row[-1]]
    whole = present(connection, company_id, missing, states) if missing else {}
    return [rendered(row, view) if row[-1] else whole[row[0]] for row in rows if row[-1] or row[0] in whole]


@lru_cache(maxsize=256)
def _counted(shape: Shape, states: frozenset[State]) -> Prepared:
    matching = Matching(shape, states)
    if matching.complete is not None:
        statement = select(func.count()).select_from(matching.complete.rows).where(matching.complete.condition)
        return Prepared(statement, planned_by_value=True)
    statement = select_clients(states, func.count(), among=matching.among).where(*matching.conditions)
    return Prepared(with_state_index(statement) if matching.only_text else statement, planned_by_value=True)


@lru_cache(maxsize=256)
def _listed(shape: Shape, states: frozenset[State], sort: Sort, select_page: Callable[..., Select[Any]]) -> Prepared:
    matching = Matching(shape, states)
    if matching.complete is not None and shape[0][1] == "like" and sort.name == "id":
        statement = select_page(states, clients.c.id).where(clients.c.id.in_(_hits_of_page(matching.complete, sort)))
        return Prepared(statement.order_by(*order_of(sort, clients.c.id)), planned_by_value=True)
    statement = select_page(states, clients.c.id, among=matching.among).where(*matching.conditions)
    statement = statement.order_by(*order_of(sort, matching.client_id))
    statement = statement.limit(bindparam("size", type_=BigInteger))
    if not shape and sort.name == "id":
        first = _first_id(states, sort.descending)
        return Prepared(statement.where(clients.c.id <= first if sort.descending else clients.c.id >= first))
    return Prepared(statement.offset(bindparam("offset", type_=BigInteger)), planned_by_value=bool(shape))


def _hits_of_page(hits: Hits, sort: Sort) -> Select[Any]:
    """Select the ids of one page of hits.

    PostgreSQL cannot know how many hits a text has. If it expected few, it would read the client of every hit in order
    to sort them.
    """
    ids = select(hits.client_id).select_from(hits.rows).where(hits.condition).order_by(*order_of(sort, hits.client_id))
    return ids.limit(bindparam("size", type_=BigInteger)).offset(bindparam("offset", type_=BigInteger))


def _first_id(states: frozenset[State], descending: bool) -> ColumnElement[int]:
    """Return the id that follows `offset` others from `start` on. The skipped clients need not be read whole."""
    start = bindparam("start", type_=BigInteger)
    ids = select_clients(states, clients.c.id).where(clients.c.id <= start if descending else clients.c.id >= start)
    in_order = ids.order_by(clients.c.id.desc() if descending else clients.c.id)
    offset = bindparam("offset", type_=BigInteger)
    return with_state_index(in_order).limit(1).offset(offset).correlate(None).scalar_subquery()
