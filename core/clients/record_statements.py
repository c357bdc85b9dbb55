"""The statements that select clients, and the records that are parsed from their rows."""

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import orjson
from sqlalchemy import BigInteger, BindParameter, ColumnElement, FromClause, Select, Text, and_, bindparam, select
from sqlalchemy import cast as sql_cast

from core.database.nested import Children, json_array
from core.database.prepared import blank_value
from core.listing import in_states
from core.models import categories, client_gateway_tokens, client_tags, clients, companies, contacts, documents
from core.models.records import ClientRecord, StoredClient
from core.projections.renderings import TIMESTAMPS, cached, joined
from core.query import State
from core.view import View

_COMPANY: BindParameter[int] = bindparam("company", type_=BigInteger)

_OF_PARENT = ("company_id", "client_id", "client_deleted", "searched")


def _children(table: Any, *conditions: ColumnElement[bool]) -> Children:
    columns = [column for column in table.columns if column.name not in _OF_PARENT]
    # Compared with the value, not with the client's column, so that Citus can route the whole statement to one node.
    mine = (table.c.company_id == _COMPANY, table.c.client_id == clients.c.id)
    return Children(columns, and_(*mine, *conditions))


_CHILDREN = {
    "contacts": _children(contacts, contacts.c.deleted_at == 0),
    "documents": _children(documents),
    "gateway_tokens": _children(client_gateway_tokens),
    "tags": _children(client_tags),
}

_VALUES: dict[str, ColumnElement[Any]] = {
    # plain strings, because orjson accepts no others as keys
    **{str(column.name): column for column in clients.columns},
    "category_name": categories.c.name,
    "category_is_default": categories.c.is_default,
    "company_currency_id": companies.c.currency_id,
    **{name: children.column for name, children in _CHILDREN.items()},
}

_WHOLE = sql_cast(json_array(*_VALUES.values()), Text)


def select_clients(states: frozenset[State], *columns: Any, among: FromClause = clients) -> Select[Any]:
    """Return the statement that selects columns of the company's clients in these states."""
    return select(*columns).select_from(among).where(clients.c.company_id == _COMPANY, in_states(clients, states))


def select_records(states: frozenset[State], *before: Any, among: FromClause = clients) -> Select[Any]:
    """Return the statement that reads whole records, as `parsed` parses them."""
    return select_clients(states, *before, *TIMESTAMPS, _WHOLE, among=_with_category_and_company(among))


def select_renderings(states: frozenset[State], *before: Any, among: FromClause = clients) -> Select[Any]:
    """Return the statement that reads the stored renderings of clients and nothing else, as `rendered` parses them.

    If it also selected the whole records of clients without a rendering, it would take PostgreSQL twice as long.
    """
    return select_clients(states, *before, *TIMESTAMPS, cached(), among=_with_category_and_company(among))


def _select_renderings_joined(states: frozenset[State], *before: Any, among: FromClause = clients) -> Select[Any]:
    rows, body = joined(_with_category_and_company(among))
    return select_clients(states, *before, *TIMESTAMPS, body, among=rows)


SELECT_RENDERINGS = {"sqlite": _select_renderings_joined, "postgresql": select_renderings}
"""The faster way to select the renderings of a page, by the name of the engine."""


def with_state_index(statement: Select[Any]) -> Select[Any]:
    """Make SQLite use the index that contains the states; by itself it would read each whole client by its id."""
    return statement.with_hint(clients, "INDEXED BY ix_clients_state", "sqlite")


def _with_category_and_company(rows: FromClause) -> FromClause:
    of_category = and_(categories.c.company_id == clients.c.company_id, categories.c.id == clients.c.category_id)
    return rows.join(categories, of_category).join(companies, companies.c.id == clients.c.company_id)


def parsed(row: Sequence[Any]) -> StoredClient:
    """Return the client of a row of `select_records`; its record is parsed when it is needed."""
    return StoredClient(row[-4:-1], partial(_record, row[-1]))


def rendered(row: Sequence[Any], view: View) -> StoredClient:
    """Return the client of a row of `select_renderings`, which has a rendering and no record."""
    return StoredClient(row[-4:-1], _unread, view.packing.unpack(row[-1]))


def _unread() -> ClientRecord:
    raise AssertionError("the record of a client that is sent as rendered was not read")


def bindings(view: View) -> dict[str, str]:
    """Return the parameters of `select_renderings` for a view."""
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

_JSON_COLUMNS = [name for name, value in _BLANK.items() if value == {}]


def blank() -> ClientRecord:
    """Return a client that was never stored: every attribute has its empty value."""
    mutable: dict[str, Any] = {name: {} for name in _JSON_COLUMNS} | {name: [] for name in _CHILDREN}
    surroundings = {"category_name": "", "category_is_default": True, "company_currency_id": ""}
    return cast(ClientRecord, _BLANK | mutable | surroundings)


def sample() -> ClientRecord:
    """Return a client with one child of each kind, all of them blank: it has the shape of every client."""
    tables = {"contacts": contacts, "documents": documents, "gateway_tokens": client_gateway_tokens}
    rows = {name: [{each.name: blank_value(each.type) for each in table.columns}] for name, table in tables.items()}
    return cast(ClientRecord, {**blank(), **rows})
