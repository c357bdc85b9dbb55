"""Finds clients that an import refers to neither by id nor by number."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal_column, select

from core.database.chunks import chunked
from core.importing.incoming import Incoming
from core.models import clients, contacts
from core.models.register import number_value
from core.query import State
from core.text.folding import email_key

SelectBy = Callable[[Sequence[str]], Select[Any, Any, Any]]
"""Returns the statement that selects the clients with these values: value, id and time of deletion."""

_NUMBER = "number"
_MAX_NAMESAKES = 5  # that a report shows


def find(connection: Connection, company_id: int, page: Iterable[Incoming]) -> None:
    """Give clients with a `key` the id of the client that it finds, or, if there are several, their `namesakes`.

    Deleted clients are found only by clients that are deleted in the source too.
    """
    by_column: dict[str, list[Incoming]] = {}
    for each in page:
        if each.id is None and each.key is not None:
            by_column.setdefault(each.key[0], []).append(each)
    for column, mine in by_column.items():
        found = _clients_by_value(
            connection, company_id, _BY[column], sorted({each.key[1] for each in mine if each.key})
        )
        by_value = _clients_by_number(connection, company_id, found, mine) if column == _NUMBER else {}
        for each in mine:
            value = each.key[1] if each.key else ""
            _choose(each, found.get(value) or by_value.get(_digits(value)) or [], column == _NUMBER)


def _choose(incoming: Incoming, found: Sequence[tuple[int, bool]], is_number: bool) -> None:
    living = [client_id for client_id, is_deleted in found if is_number or not is_deleted]
    deleted = [client_id for client_id, is_deleted in found if is_deleted]
    chosen = living or (deleted if incoming.values.get("state") is State.DELETED else [])
    incoming.namesakes = chosen[:_MAX_NAMESAKES] if len(chosen) > 1 else ()
    if len(chosen) == 1:
        incoming.id = chosen[0]
        # The creation time is compared only for clients that are identified by their id.
        incoming.values.pop("created_at", None)


def _clients_by_number(
    connection: Connection, company_id: int, found: Mapping[str, Any], page: Iterable[Incoming]
) -> Mapping[str, list[tuple[int, bool]]]:
    """Return clients by the digits of their number without leading zeros, which spreadsheets drop."""
    values = {each.key[1] for each in page if each.key and each.respelt} - found.keys()
    digits = sorted({_digits(value) for value in values if value.isascii() and value.isdigit()})
    return _clients_by_value(connection, company_id, _by_digits, digits)


def _digits(number: str) -> str:
    return number.lstrip("0")


def _clients_by_value(
    connection: Connection, company_id: int, by: SelectBy, values: Sequence[str]
) -> Mapping[str, list[tuple[int, bool]]]:
    """Return ids of clients, and whether they are deleted, by value."""
    found: dict[str, list[tuple[int, bool]]] = {}
    for portion in chunked(values):
        statement = by(portion).where(clients.c.company_id == company_id).order_by(clients.c.id)
        for value, client_id, deleted_at in connection.execute(statement):
            found.setdefault(value, []).append((client_id, bool(deleted_at)))
    return found


def _by_email(values: Sequence[str]) -> Select[Any, Any, Any]:
    keys = [email_key(each) for each in values]
    joined = and_(contacts.c.client_id == clients.c.id, contacts.c.is_primary)
    mine = contacts.c.company_id == clients.c.company_id
    return _ids(contacts.c.email_key).join(contacts, joined).where(mine, contacts.c.email_key.in_(keys))


def _by_name(values: Sequence[str]) -> Select[Any, Any, Any]:
    # The first condition uses the index, which has names in the database's lower case; the names must be equal.
    lower = func.lower(clients.c.display_name).in_([func.lower(each) for each in values])
    return _ids(clients.c.display_name).where(lower, clients.c.display_name.in_(values))


def _by_digits(values: Sequence[str]) -> Select[Any, Any, Any]:
    length: ColumnElement[int] = literal_column(number_value("number")[0])
    digits: ColumnElement[str] = literal_column(number_value("number")[1])
    return _ids(digits).where(length.in_(sorted({len(each) for each in values})), digits.in_(values))


def _by_column(column: Any) -> SelectBy:
    return lambda values: _ids(column).where(column != "", column.in_(values))


def _ids(value: ColumnElement[Any]) -> Select[Any, Any, Any]:
    return select(value, clients.c.id, clients.c.deleted_at)


_BY: Mapping[str, SelectBy] = {
    "email": _by_email,
    "name": _by_name,
    **{name: _by_column(clients.c[name]) for name in (_NUMBER, "id_number", "vat_number", "phone")},
}
