"""The filters and sorts of a search for clients, as conditions on the tables.

The values of a filter are bind parameters, so one statement serves all searches of the same shape.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    not_,
    select,
    text,
)

from core.listing import sort_key
from core.models import categories, client_search, client_tags, clients, contacts
from core.models.register import SET_ONLY, number_value
from core.projections import search
from core.projections.search import Hits
from core.query import OPERATORS, Filter, Sort, State
from core.text.folding import email_key

Shape = tuple[tuple[str, str], ...]
"""The names and operators of filters."""

_COMPANY: BindParameter[int] = bindparam("company", type_=BigInteger)


class Matching:
    """The clients that match filters of this shape: the tables to join, and the conditions on them.

    `client_id` is the expression by which the first of those tables is read in the order of ids. If `only_text`, no
    column of the clients is needed but their states. If the hits of a text alone are the result, so that no client need
    be read at all, they are `complete`; otherwise that is None.
    """

    def __init__(self, shape: Shape, states: frozenset[State]) -> None:
        self.among: FromClause = clients
        self.client_id: ColumnElement[int] = clients.c.id
        self.conditions: list[ColumnElement[bool]] = []
        self.only_text = True
        self.complete: Hits | None = None
        self._joined = False
        self._states = states
        self._searched = client_search.alias()
        for position, (name, operator) in enumerate(shape):
            self._add(f"value{position}", name, operator)
        if len(shape) > 1:
            self.complete = None

    def _add(self, prefix: str, name: str, operator: str) -> None:
        hits = search.hits(name, operator, bindparam(f"{prefix}_0"), _COMPANY, self._states, self._searched)
        if hits is None:
            self.only_text = False
            self.conditions.append(_condition(prefix, name, operator))
            return
        if self.among is clients:
            self.client_id = hits.in_order
            self.complete = hits if hits.complete else None
        if hits.rows is not self._searched or not self._joined:
            self.among = self.among.join(hits.rows, clients.c.id == hits.client_id)
            self._joined = self._joined or hits.rows is self._searched
        self.conditions.append(hits.condition)


def order_of(sort: Sort, client_id: ColumnElement[int]) -> list[ColumnElement[Any]]:
    """Return the sort expressions, ending with `client_id`, so that the order is total."""
    keys: list[ColumnElement[Any]] = []
    for level in sort.levels:
        of_level = [client_id] if level.name == "id" else _SORTS[level.name]
        keys += [key.desc() if level.descending else key.asc() for key in of_level]
        if level.name == "id":
            return keys  # the id is unique, so further levels change nothing
    return [*keys, client_id.desc() if level.descending else client_id.asc()]


def _primary_email() -> ColumnElement[Any]:
    mine = and_(contacts.c.company_id == _COMPANY, contacts.c.client_id == clients.c.id)
    primary = select(contacts.c.email_key).where(mine, contacts.c.is_primary, contacts.c.deleted_at == 0).limit(1)
    return func.coalesce(primary.scalar_subquery(), "")


_SORTS: dict[str, list[ColumnElement[Any]]] = {column.name: [sort_key(column)] for column in clients.columns} | {
    "state": [case((clients.c.deleted_at > 0, 2), (clients.c.archived_at > 0, 1), else_=0)],
    "number": [literal_column(each) for each in number_value("clients.number")],
    "contact_email": [_primary_email()],
}


def _has_contact(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = and_(contacts.c.company_id == _COMPANY, contacts.c.client_id == clients.c.id)
    return exists().where(mine, condition)


def _contact_email(operator: str, *binds: Any) -> ColumnElement[bool]:
    return _has_contact(OPERATORS[operator].condition(contacts.c.email_key, *binds))


def _classification(operator: str, *binds: Any) -> ColumnElement[bool]:
    # This condition lets the partial index over set values be used. No caller filters for empty values.
    classified = clients.c.classification != literal_column("''")
    return and_(classified, OPERATORS[operator].condition(clients.c.classification, *binds))


def _group(_operator: str, value: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that a client is in this group. The default category is not a group."""
    mine = (categories.c.company_id == _COMPANY, categories.c.id == value, not_(categories.c.is_default))
    return clients.c.category_id == select(categories.c.id).where(*mine).correlate(None).scalar_subquery()


def _tag(operator: str, *binds: Any) -> ColumnElement[bool]:
    found = (client_tags.c.company_id == _COMPANY, OPERATORS[operator].condition(client_tags.c.title, *binds))
    return clients.c.id.in_(select(client_tags.c.client_id).where(*found))


_DERIVED: dict[str, Callable[..., ColumnElement[bool]]] = {
    "contact_email": _contact_email,
    "classification": _classification,
    "group_id": _group,
    "tag": _tag,
}
_UNIQUE = {"id_number": "id_number <> ''"}
# A partial index over set values is used only if the condition states that the value is set.
_IS_SET = {name: text(f"clients.{condition}") for name, condition in {**SET_ONLY, **_UNIQUE}.items()}
_NORMALISED = {"contact_email": email_key}


def bound(filters: list[Filter]) -> dict[str, Any]:
    """Return the values of filters under the names that `Matching` has given them."""
    return {
        f"value{position}_{part}": value
        for position, each in enumerate(filters)
        for part, value in enumerate(_values_of(each))
    }


def _values_of(condition: Filter) -> tuple[Any, ...]:
    value = _NORMALISED[condition.name](condition.value) if condition.name in _NORMALISED else condition.value
    return OPERATORS[condition.operator].binds(value) if condition.operator in OPERATORS else (value,)


def _condition(prefix: str, name: str, operator: str) -> ColumnElement[bool]:
    binds: list[Any] = [bindparam(f"{prefix}_{part}") for part in range(OPERATORS[operator].operands)]
    if name in _DERIVED:
        return _DERIVED[name](operator, *binds)
    condition = OPERATORS[operator].condition(clients.c[name], *binds)
    return and_(condition, _IS_SET[name]) if name in _IS_SET else condition
