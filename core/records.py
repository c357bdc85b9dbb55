"""Reading clients: the only place that selects them, so that company and state can never be forgotten."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
    true,
)

from core.contacts import email_key
from core.errors import NotFound
from core.models import categories, client_gateway_tokens, client_tags, clients, companies, contacts, documents
from core.nested import parse_rows, rows_of
from core.query import ANY, OPERATORS, Filter, Found, Record, Search, State

_CHILDREN = {
    "contacts": contacts,
    "documents": documents,
    "gateway_tokens": client_gateway_tokens,
    "tags": client_tags,
}
_CHILD_COLUMNS = {
    name: [column for column in table.columns if column.name not in ("company_id", "client_id")]
    for name, table in _CHILDREN.items()
}

_STATES: dict[State, ColumnElement[bool]] = {
    State.ACTIVE: and_(clients.c.deleted_at == 0, clients.c.archived_at == 0),
    State.ARCHIVED: and_(clients.c.deleted_at == 0, clients.c.archived_at > 0),
    State.DELETED: clients.c.deleted_at > 0,
}


def _in_states(states: frozenset[State]) -> ColumnElement[bool]:
    if states == ANY:
        return true()
    if states == ANY - {State.DELETED}:
        return clients.c.deleted_at == 0
    return or_(false(), *(_STATES[state] for state in State if state in states))


def _select_clients(company_id: int, states: frozenset[State], *columns: Any) -> Select[Any]:
    return select(*columns).where(clients.c.company_id == company_id, _in_states(states))


def _whole_records(company_id: int, states: frozenset[State]) -> Select[Any]:
    children = [
        rows_of(_CHILD_COLUMNS[name], and_(table.c.company_id == company_id, table.c.client_id == clients.c.id)).label(
            name
        )
        for name, table in _CHILDREN.items()
    ]
    return (
        _select_clients(
            company_id,
            states,
            *clients.columns,
            categories.c.name.label("category_name"),
            categories.c.is_default.label("category_is_default"),
            companies.c.currency_id.label("company_currency_id"),
            *children,
        )
        .join(categories, categories.c.id == clients.c.category_id)
        .join(companies, companies.c.id == clients.c.company_id)
    )


def _record(row: Any) -> Record:
    record = dict(row)
    for name, columns in _CHILD_COLUMNS.items():
        record[name] = parse_rows(record[name], columns)
    record["contacts"].sort(key=lambda contact: (not contact["is_primary"], contact["id"]))
    record["documents"].sort(key=lambda document: document["id"])
    record["gateway_tokens"].sort(key=lambda token: token["id"])
    record["tags"] = [tag["title"] for tag in sorted(record["tags"], key=lambda tag: tag["position"])]
    return record


def blank() -> Record:
    """A client that was never stored: what every attribute shows before anything is assigned."""
    columns = {column.name: _empty(column.type) for column in clients.columns}
    children: Record = {name: [] for name in _CHILDREN}
    return columns | children | {"category_name": "", "category_is_default": True, "company_currency_id": ""}


def _empty(kind: Any) -> Any:
    if isinstance(kind, JSON):
        return {}
    return "" if isinstance(kind, String) else 0


def get(connection: Connection, company_id: int, client_id: int, states: frozenset[State] = ANY) -> Record:
    """One client with its children. Raises `NotFound` if it is not the company's or not in one of these states."""
    statement = _whole_records(company_id, states).where(clients.c.id == client_id)
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise NotFound("client")
    return _record(row)


def get_all(connection: Connection, company_id: int, ids: list[int]) -> list[Record]:
    """These clients in the order of the ids. Raises `NotFound` if one of them is not the company's."""
    statement = _whole_records(company_id, ANY).where(clients.c.id.in_(ids))
    found = {row["id"]: _record(row) for row in connection.execute(statement).mappings()}
    if len(found) != len(set(ids)):
        raise NotFound("client")
    return [found[client_id] for client_id in ids]


def lock(connection: Connection, company_id: int, client_id: int, states: frozenset[State] = ANY) -> Record:
    """The client as it is, held against other writers until commit. Raises `NotFound`."""
    held = _select_clients(company_id, states, clients.c.id).where(clients.c.id == client_id)
    if connection.execute(held.with_for_update()).first() is None:
        raise NotFound("client")
    return get(connection, company_id, client_id, states)


def page(connection: Connection, company_id: int, search: Search) -> Found:
    """One page of the clients that a search finds, with the exact total."""
    conditions = [_condition(each) for each in search.filters]
    counted = _select_clients(company_id, search.states, func.count()).select_from(clients).where(*conditions)
    total = int(connection.execute(counted).scalar_one())
    offset = (search.page - 1) * search.size
    if offset >= total:
        return Found([], total, search.page, search.size)
    statement = _whole_records(company_id, search.states).where(*conditions).order_by(*_order(search))
    rows = connection.execute(statement.limit(search.size).offset(offset)).mappings()
    return Found([_record(row) for row in rows], total, search.page, search.size)


def _order(search: Search) -> list[ColumnElement[Any]]:
    keys: list[ColumnElement[Any]] = [SORTS[search.sort.name]]
    if search.sort.name != "id":
        keys.append(clients.c.id)
    return [key.desc() if search.sort.descending else key.asc() for key in keys]


def _sort_key(column: Any) -> ColumnElement[Any]:
    return func.lower(column) if isinstance(column.type, String) else column


SORTS: dict[str, ColumnElement[Any]] = {column.name: _sort_key(column) for column in clients.columns} | {
    "state": case((clients.c.deleted_at > 0, 2), (clients.c.archived_at > 0, 1), else_=0),
}


def _has_contact(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = and_(contacts.c.company_id == clients.c.company_id, contacts.c.client_id == clients.c.id)
    return exists().where(mine, condition)


_SEARCHED = ("name", "number", "id_number", "custom_value1", "custom_value2", "custom_value3", "custom_value4")
_SEARCHED_IN_CONTACTS = ("first_name", "last_name", "email")


def _any_text(operator: str, value: str) -> ColumnElement[bool]:
    matches = OPERATORS[operator]
    in_contacts = or_(*(matches(contacts.c[name], value) for name in _SEARCHED_IN_CONTACTS))
    return or_(*(matches(clients.c[name], value) for name in _SEARCHED), _has_contact(in_contacts))


def _contact_email(operator: str, value: str) -> ColumnElement[bool]:
    return _has_contact(OPERATORS[operator](contacts.c.email_key, email_key(value)))


DERIVED_FILTERS: dict[str, Callable[[str, Any], ColumnElement[bool]]] = {
    "any_text": _any_text,
    "contact_email": _contact_email,
}


def is_filterable(name: str) -> bool:
    """Whether a `Filter` may carry this name."""
    return name in DERIVED_FILTERS or name in clients.columns


def _condition(each: Filter) -> ColumnElement[bool]:
    if each.name in DERIVED_FILTERS:
        return DERIVED_FILTERS[each.name](each.operator, each.value)
    return OPERATORS[each.operator](clients.c[each.name], each.value)
