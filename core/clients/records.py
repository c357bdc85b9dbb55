"""Reading clients. Only this module and `core.clients.record_pages` select them, so company and state always apply."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Connection, and_, bindparam, select

from core.clients.record_statements import (
    bindings,
    parsed,
    rendered,
    select_clients,
    select_records,
    select_renderings,
)
from core.database.prepared import Prepared
from core.errors import NotFound
from core.models import clients
from core.models.records import ClientRecord, StoredClient
from core.query import ANY, RecordOrId, State, StoredRecord
from core.view import View

_CLIENT: BindParameter[int] = bindparam("client", type_=BigInteger)


@lru_cache
def _one(states: frozenset[State]) -> Prepared:
    return Prepared(select_records(states).where(clients.c.id == _CLIENT))


@lru_cache
def _one_rendered(states: frozenset[State]) -> Prepared:
    return Prepared(select_renderings(states).where(clients.c.id == _CLIENT))


@lru_cache
def _lock_one(states: frozenset[State]) -> Prepared:
    return Prepared(select_clients(states, clients.c.id).where(clients.c.id == _CLIENT).with_for_update())


def get(connection: Connection, company_id: int, client_id: int, states: frozenset[State] = ANY) -> ClientRecord:
    """Return one client with its children.

    Raises `NotFound` if it is not the company's or not in one of these states.
    """
    return stored(connection, company_id, client_id, states).record


def stored(
    connection: Connection, company_id: int, client_id: int, states: frozenset[State], view: View | None = None
) -> StoredClient:
    """Return one client whose record is parsed only when needed, or its rendering in a view, if one is stored."""
    values = {"company": company_id, "client": client_id}
    if view is not None:
        found = _one_rendered(states).all(connection, **values, **bindings(view))
        if not found:
            raise NotFound("client")
        if found[0][-1]:
            return rendered(found[0], view)
    rows = _one(states).all(connection, **values)
    if not rows:
        raise NotFound("client")
    return parsed(rows[0])


def clients_after(connection: Connection, after: int, size: int) -> list[StoredClient]:
    """Return clients of every company in the order of their ids, for maintenance, and lock them against a purge.

    Only an empty list means that there are no more clients; fewer than `size` do not.
    """
    named = select(clients.c.company_id, clients.c.id).where(clients.c.id > after).order_by(clients.c.id).limit(size)
    rows = sorted((row[0], row[1]) for row in connection.execute(named))
    found: dict[int, StoredClient] = {}
    for company_id, of_company in groupby(rows, itemgetter(0)):
        found |= _lock_against_purge(
            connection, company_id, clients.c.id.in_([client_id for _, client_id in of_company])
        )
    return [found[client_id] for client_id in sorted(found)]


def clients_of_category(
    connection: Connection, company_id: int, category_id: int, first: int, size: int
) -> list[StoredClient]:
    """Return clients of one category from an id on, like `clients_after`."""
    found = _lock_against_purge(
        connection, company_id, and_(clients.c.category_id == category_id, clients.c.id >= first), size
    )
    return [found[client_id] for client_id in sorted(found)]


def _lock_against_purge(
    connection: Connection, company_id: int, which: ColumnElement[bool], size: int | None = None
) -> dict[int, StoredClient]:
    """Return the first clients of a company that meet a condition, by id, and lock them against a purge."""
    ids = select(clients.c.id).where(clients.c.company_id == company_id, which).order_by(clients.c.id).limit(size)
    locked = connection.execute(ids.with_for_update(read=True, key_share=True)).scalars().all()
    return present(connection, company_id, locked, ANY)


def get_all(connection: Connection, company_id: int, ids: list[int], view: View | None = None) -> list[StoredClient]:
    """Return these clients in the order of the ids. Raises `NotFound` if one of them is not the company's."""
    found = present(connection, company_id, ids, ANY, view)
    if len(found) != len(set(ids)):
        raise NotFound("client")
    return [found[client_id] for client_id in ids]


def present(
    connection: Connection, company_id: int, ids: Sequence[int], states: frozenset[State], view: View | None = None
) -> dict[int, StoredClient]:
    """Return those of these clients that are the company's and in one of these states, by id."""
    found = {} if view is None else _present_rendered(connection, company_id, ids, states, view)
    missing = [client_id for client_id in ids if client_id not in found]
    if missing:
        statement = select_records(states, clients.c.id).where(clients.c.id.in_(missing))
        found |= {row.id: parsed(row) for row in connection.execute(statement, {"company": company_id})}
    return found


def _present_rendered(
    connection: Connection, company_id: int, ids: Sequence[int], states: frozenset[State], view: View
) -> dict[int, StoredClient]:
    """Return the stored renderings of those of these clients that have one."""
    statement = select_renderings(states, clients.c.id).where(clients.c.id.in_(ids))
    rows = connection.execute(statement, {"company": company_id} | bindings(view))
    return {row.id: rendered(row, view) for row in rows if row[-1]}


def lock(connection: Connection, company_id: int, client: RecordOrId, states: frozenset[State] = ANY) -> StoredClient:
    """Lock a client until commit and return it; a client that is locked already is not read again.

    Raises `NotFound`.
    """
    if isinstance(client, StoredRecord):
        return client
    if connection.dialect.name != "sqlite":
        # Locked by a statement of its own, because a statement reads children as of its beginning. SQLite has one
        # writer.
        _lock_one(states).run(connection, company=company_id, client=client)
    return stored(connection, company_id, client, states)


def lock_all(connection: Connection, company_id: int, ids: Sequence[int]) -> Iterator[StoredClient]:
    """Lock these clients until commit and return them. Raises `NotFound`.

    All of them are locked before the first is returned, and before anything that many clients share. The ids must be
    ascending, as for every other writer, so that writers cannot deadlock.
    """
    locked = select_clients(ANY, clients.c.id).where(clients.c.id.in_(ids)).order_by(clients.c.id).with_for_update()
    if len(connection.execute(locked, {"company": company_id}).all()) != len(ids):
        raise NotFound("client")
    return (stored(connection, company_id, client_id, ANY) for client_id in ids)
