"""Reading clients: the only place that selects them, so that company and state can never be forgotten."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter
from typing import Any, cast

import orjson
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Text,
    and_,
    bindparam,
    func,
    select,
)
from sqlalchemy import (
    cast as sql_cast,
)

from core.clients.matching import Matching, Shape, bound, order_of
from core.database.nested import Children, json_array
from core.database.prepared import Prepared, blank_value
from core.errors import NotFound
from core.listing import in_states
from core.models import (
    categories,
    client_gateway_tokens,
    client_tags,
    clients,
    companies,
    contacts,
    documents,
)
from core.models.records import ClientRecord, StoredClient
from core.projections import search
from core.projections.counts import Counts
from core.projections.renderings import TIMESTAMPS, cached, joined
from core.query import ANY, Known, ResultPage, Search, Sort, State, StoredRecord
from core.view import View

_COMPANY: BindParameter[int] = bindparam("company", type_=BigInteger)

_OF_PARENT = ("company_id", "client_id", "client_deleted", "searched")


def _children(table: Any, *conditions: ColumnElement[bool]) -> Children:
    columns = [column for column in table.columns if column.name not in _OF_PARENT]
    # By the value, not by the client's column: a distributed register then knows where the whole statement goes.
    mine = (table.c.company_id == _COMPANY, table.c.client_id == clients.c.id)
    return Children(columns, and_(*mine, *conditions))


_CHILDREN = {
    "contacts": _children(contacts, contacts.c.deleted_at == 0),
    "documents": _children(documents),
    "gateway_tokens": _children(client_gateway_tokens),
    "tags": _children(client_tags),
}
_VALUES: dict[str, ColumnElement[Any]] = {
    **{str(column.name): column for column in clients.columns},  # plain text, which orjson takes for keys
    "category_name": categories.c.name,
    "category_is_default": categories.c.is_default,
    "company_currency_id": companies.c.currency_id,
    **{name: children.column for name, children in _CHILDREN.items()},
}
_WHOLE = sql_cast(json_array(*_VALUES.values()), Text)


def _select_clients(states: frozenset[State], *columns: Any, among: FromClause = clients) -> Select[Any]:
    return select(*columns).select_from(among).where(clients.c.company_id == _COMPANY, in_states(clients, states))


def _select_records(states: frozenset[State], *before: Any, among: FromClause = clients) -> Select[Any]:
    """Records as `_stored` reads them."""
    return _select_clients(states, *before, *TIMESTAMPS, _WHOLE, among=_with_surroundings(among))


def _select_kept(states: frozenset[State], *before: Any, among: FromClause = clients) -> Select[Any]:
    """Clients as `_kept` reads them: what they look like in a view, where that is kept, and nothing else of them.

    To ask in the same statement for the whole record of those without it would double what PostgreSQL takes for it.
    """
    return _select_clients(states, *before, *TIMESTAMPS, cached(), among=_with_surroundings(among))


def _select_kept_joined(states: frozenset[State], *before: Any, among: FromClause = clients) -> Select[Any]:
    rows, body = joined(_with_surroundings(among))
    return _select_clients(states, *before, *TIMESTAMPS, body, among=rows)


_KEPT_BY_ENGINE = {"sqlite": _select_kept_joined, "postgresql": _select_kept}


def _by_state(statement: Select[Any]) -> Select[Any]:
    """The same by the index that knows the states; SQLite would rather read each whole client by its id."""
    return statement.with_hint(clients, "INDEXED BY ix_clients_state", "sqlite")


def _with_surroundings(rows: FromClause) -> FromClause:
    of_category = and_(categories.c.company_id == clients.c.company_id, categories.c.id == clients.c.category_id)
    return rows.join(categories, of_category).join(companies, companies.c.id == clients.c.company_id)


def _stored(row: Sequence[Any]) -> StoredClient:
    return StoredClient(row[-4:-1], partial(_record, row[-1]))


def _kept(row: Sequence[Any], view: View) -> StoredClient:
    return StoredClient(row[-4:-1], _unread, view.packing.unpack(row[-1]))


def _unread() -> ClientRecord:
    raise AssertionError("what is sent as it is kept was not read")


def _binds(view: View) -> dict[str, str]:
    return {"view": view.name, "maker": view.fingerprint}


def _record(whole: str) -> ClientRecord:
    record: Any = dict(zip(_VALUES, orjson.loads(whole), strict=True))
    for name, children in _CHILDREN.items():
        record[name] = children.parse(record[name])
    record["contacts"].sort(key=lambda contact: (not contact["is_primary"], contact["id"]))
    record["documents"].sort(key=lambda document: document["id"])
    record["gateway_tokens"].sort(key=lambda token: token["id"])
    record["tags"] = [tag["title"] for tag in sorted(record["tags"], key=lambda tag: tag["position"])]
    return cast(ClientRecord, record)


_BLANK: dict[str, Any] = {column.name: blank_value(column.type) for column in clients.columns}
_TREES = [name for name, value in _BLANK.items() if value == {}]


def blank() -> ClientRecord:
    """A client that was never stored: what every attribute shows before anything is assigned."""
    mutable: dict[str, Any] = {name: {} for name in _TREES} | {name: [] for name in _CHILDREN}
    surroundings = {"category_name": "", "category_is_default": True, "company_currency_id": ""}
    return cast(ClientRecord, _BLANK | mutable | surroundings)


def sample() -> ClientRecord:
    """A client with one of each kind of children, all of them blank: what has the shape of every client."""
    tables = {"contacts": contacts, "documents": documents, "gateway_tokens": client_gateway_tokens}
    rows = {name: [{each.name: blank_value(each.type) for each in table.columns}] for name, table in tables.items()}
    return cast(ClientRecord, {**blank(), **rows})


_CLIENT: BindParameter[int] = bindparam("client", type_=BigInteger)


@lru_cache
def _one(states: frozenset[State]) -> Prepared:
    return Prepared(_select_records(states).where(clients.c.id == _CLIENT))


@lru_cache
def _one_kept(states: frozenset[State]) -> Prepared:
    return Prepared(_select_kept(states).where(clients.c.id == _CLIENT))


@lru_cache
def _held_one(states: frozenset[State]) -> Prepared:
    return Prepared(_select_clients(states, clients.c.id).where(clients.c.id == _CLIENT).with_for_update())


def get(connection: Connection, company_id: int, client_id: int, states: frozenset[State] = ANY) -> ClientRecord:
    """One client with its children. Raises `NotFound` if it is not the company's or not in one of these states."""
    return stored(connection, company_id, client_id, states).record


def stored(
    connection: Connection, company_id: int, client_id: int, states: frozenset[State], view: View | None = None
) -> StoredClient:
    """The same, unread; or what it looks like in a view, if that is kept."""
    asked = {"company": company_id, "client": client_id}
    if view is not None:
        kept = _one_kept(states).all(connection, **asked, **_binds(view))
        if not kept:
            raise NotFound("client")
        if kept[0][-1]:
            return _kept(kept[0], view)
    rows = _one(states).all(connection, **asked)
    if not rows:
        raise NotFound("client")
    return _stored(rows[0])


def following(connection: Connection, after: int, size: int) -> list[StoredClient]:
    """Clients of every company in order of their ids, for the register's own upkeep; kept from being erased.

    There may be more even if it is fewer than `size`, but there are none if it is none.
    """
    named = select(clients.c.company_id, clients.c.id).where(clients.c.id > after).order_by(clients.c.id).limit(size)
    rows = sorted((row[0], row[1]) for row in connection.execute(named))
    found: dict[int, StoredClient] = {}
    for company_id, of_company in groupby(rows, itemgetter(0)):
        found |= _held(connection, company_id, clients.c.id.in_([client_id for _, client_id in of_company]))
    return [found[client_id] for client_id in sorted(found)]


def of_category(connection: Connection, company_id: int, category_id: int, first: int, size: int) -> list[StoredClient]:
    """The same of one category, from an id on."""
    found = _held(connection, company_id, and_(clients.c.category_id == category_id, clients.c.id >= first), size)
    return [found[client_id] for client_id in sorted(found)]


def _held(
    connection: Connection, company_id: int, which: ColumnElement[bool], size: int | None = None
) -> dict[int, StoredClient]:
    """The first of a company's clients that meet a condition, kept from being erased, by their ids."""
    ids = select(clients.c.id).where(clients.c.company_id == company_id, which).order_by(clients.c.id).limit(size)
    held = connection.execute(ids.with_for_update(read=True, key_share=True)).scalars().all()
    return present(connection, company_id, held, ANY)


def get_all(connection: Connection, company_id: int, ids: list[int], view: View | None = None) -> list[StoredClient]:
    """These clients in the order of the ids. Raises `NotFound` if one of them is not the company's."""
    found = present(connection, company_id, ids, ANY, view)
    if len(found) != len(set(ids)):
        raise NotFound("client")
    return [found[client_id] for client_id in ids]


def present(
    connection: Connection, company_id: int, ids: Sequence[int], states: frozenset[State], view: View | None = None
) -> dict[int, StoredClient]:
    """Those of these clients that are the company's and in one of these states, by their ids."""
    found = {} if view is None else _present_kept(connection, company_id, ids, states, view)
    missing = [client_id for client_id in ids if client_id not in found]
    if missing:
        statement = _select_records(states, clients.c.id).where(clients.c.id.in_(missing))
        found |= {row.id: _stored(row) for row in connection.execute(statement, {"company": company_id})}
    return found


def _present_kept(
    connection: Connection, company_id: int, ids: Sequence[int], states: frozenset[State], view: View
) -> dict[int, StoredClient]:
    """Those of them of which is kept what they look like."""
    statement = _select_kept(states, clients.c.id).where(clients.c.id.in_(ids))
    rows = connection.execute(statement, {"company": company_id} | _binds(view))
    return {row.id: _kept(row, view) for row in rows if row[-1]}


def lock(connection: Connection, company_id: int, client: Known, states: frozenset[State] = ANY) -> StoredClient:
    """The client as it is, held against other writers until commit; what is held already is not read again.

    Raises `NotFound`.
    """
    if isinstance(client, StoredRecord):
        return client
    if connection.dialect.name != "sqlite":
        # The lock comes first, because rows that belong to the client are read as of the statement's beginning; SQLite
        # has one writer.
        _held_one(states).run(connection, company=company_id, client=client)
    return stored(connection, company_id, client, states)


def lock_all(connection: Connection, company_id: int, ids: Sequence[int]) -> Iterator[StoredClient]:
    """These clients, all held against other writers until commit before the first is given out.

    That is before anything else that many of them share. The ids must ascend, as for everybody who holds several, so
    that twins cannot deadlock. Raises `NotFound`.
    """
    locked = _select_clients(ANY, clients.c.id).where(clients.c.id.in_(ids)).order_by(clients.c.id).with_for_update()
    if len(connection.execute(locked, {"company": company_id}).all()) != len(ids):
        raise NotFound("client")
    return (stored(connection, company_id, client_id, ANY) for client_id in ids)


def page(connection: Connection, company_id: int, asked: Search, view: View | None = None) -> ResultPage[ClientRecord]:
    """One page of the clients that a search finds, with the exact total; with what they look like, if that is kept."""
    filters = [each for one in asked.filters for each in search.planned(connection, one)]
    offset = (asked.page - 1) * asked.size
    shape = tuple((each.name, each.operator) for each in filters)
    values = {"company": company_id, "size": asked.size, "offset": offset, "start": 0} | bound(filters)
    if shape:
        total = int(_counted(shape, asked.states).all(connection, **values)[0][0])
    else:
        counts = Counts(connection, company_id, asked.states)
        total = counts.total
        if asked.sort.name == "id":
            values["start"], values["offset"] = counts.skip(offset, asked.sort.descending)
    if offset >= total:
        return ResultPage([], total, asked.page, asked.size)
    by = _select_records if view is None else _KEPT_BY_ENGINE[connection.dialect.name]
    listed = _listed(shape, asked.states, asked.sort, by)
    if view is None:
        found = [_stored(row) for row in listed.all(connection, **values)]
    else:
        rows = listed.all(connection, **values, **_binds(view))
        found = _completed(connection, company_id, asked.states, rows, view)
    return ResultPage(found, total, asked.page, asked.size)


def _completed(
    connection: Connection, company_id: int, states: frozenset[State], rows: Sequence[Sequence[Any]], view: View
) -> list[StoredClient]:
    """What is kept of clients, by id and as `_kept` takes it, and the whole record of those of which nothing is."""
    missing = [row[0] for row in rows if not row[-1]]
    whole = present(connection, company_id, missing, states) if missing else {}
    return [_kept(row, view) if row[-1] else whole[row[0]] for row in rows if row[-1] or row[0] in whole]


@lru_cache(maxsize=256)
def _counted(shape: Shape, states: frozenset[State]) -> Prepared:
    matching = Matching(shape, states)
    if matching.complete is not None:
        statement = select(func.count()).select_from(matching.complete.rows).where(matching.complete.condition)
        return Prepared(statement, planned_by_value=True)
    statement = _select_clients(states, func.count(), among=matching.among).where(*matching.conditions)
    return Prepared(_by_state(statement) if matching.only_text else statement, planned_by_value=True)


@lru_cache(maxsize=256)
def _listed(shape: Shape, states: frozenset[State], sort: Sort, select_page: Callable[..., Select[Any]]) -> Prepared:
    matching = Matching(shape, states)
    statement = select_page(states, clients.c.id, among=matching.among).where(*matching.conditions)
    statement = statement.order_by(*order_of(sort, matching.client_id))
    statement = statement.limit(bindparam("size", type_=BigInteger))
    if not shape and sort.name == "id":
        first = _first_id(states, sort.descending)
        return Prepared(statement.where(clients.c.id <= first if sort.descending else clients.c.id >= first))
    return Prepared(statement.offset(bindparam("offset", type_=BigInteger)), planned_by_value=bool(shape))


def _first_id(states: frozenset[State], descending: bool) -> ColumnElement[int]:
    """The id that follows `offset` others from `start` on: what is skipped need not be read whole."""
    start = bindparam("start", type_=BigInteger)
    ids = _select_clients(states, clients.c.id).where(clients.c.id <= start if descending else clients.c.id >= start)
    in_order = ids.order_by(clients.c.id.desc() if descending else clients.c.id)
    offset = bindparam("offset", type_=BigInteger)
    return _by_state(in_order).limit(1).offset(offset).correlate(None).scalar_subquery()
