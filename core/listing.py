"""Reads the records of a company's table: one, several, or a page. Clients have their own, faster code."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    String,
    Table,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
)

from core.errors import NotFound
from core.query import ANY, OPERATORS, WORDS, Filter, R, Record, ResultPage, Search, Sort, State, StoredRecord
from core.text.folding import folded

COMPANY = bindparam("company", type_=BigInteger)
"""The bind parameter of the company, for the subqueries of a `Listing`."""
ANY_TEXT = "any_text"
"""The filter for a substring of a record's searched text."""


@dataclass(frozen=True)
class Listing(Generic[R]):
    """The definition of a table's records and of the lists of them.

    `values` are the values of a record in addition to the table's columns, and `rows` is the table joined with the
    tables that they need. `filters` and `sorts` are allowed in addition to the columns, and read only the table.
    Records that are not `visible` are treated as absent. A record's version consists of its `timestamps` (names of
    values that are never negative). `searched` is the folded text for `ANY_TEXT`. `conditions` are filters other than
    the comparison of one column.
    """

    noun: str
    table: Table
    rows: FromClause
    values: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    timestamps: Sequence[str] = ("updated_at",)
    filters: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    conditions: Mapping[str, Callable[[Any], ColumnElement[bool]]] = field(default_factory=dict)
    sorts: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    searched: ColumnElement[str] | None = None
    visible: ColumnElement[bool] = field(default_factory=true)

    def get(
        self, connection: Connection, company_id: int, record_id: int, states: frozenset[State] = ANY
    ) -> StoredRecord[R]:
        """Return one record. Raises `NotFound` if it is not the company's or not in one of these states."""
        return self.get_all(connection, company_id, [record_id], states)[0]

    def get_all(
        self, connection: Connection, company_id: int, ids: Sequence[int], states: frozenset[State] = ANY
    ) -> list[StoredRecord[R]]:
        """Return these records in the order of the ids. Raises `NotFound` if one of them does not exist."""
        found = self.find(connection, company_id, ids, states)
        if len(found) != len(set(ids)):
            raise NotFound(self.noun)
        return [found[each] for each in ids]

    def find(
        self, connection: Connection, company_id: int, ids: Collection[int], states: frozenset[State] = ANY
    ) -> dict[int, StoredRecord[R]]:
        """Return those of these records that exist, by id."""
        statement = self._select(company_id, states, *self._columns()).select_from(self.rows)
        statement = statement.where(self.table.c.id.in_(set(ids)))
        rows = connection.execute(statement, {"company": company_id}).mappings()
        return {row["id"]: self._stored_record(dict(row)) for row in rows}

    def lock(
        self, connection: Connection, company_id: int, record_id: int, states: frozenset[State] = ANY
    ) -> StoredRecord[R]:
        """Lock the record until commit and return it. Raises `NotFound`."""
        mine = (self.table.c.id == record_id, self.table.c.company_id == company_id)
        connection.execute(select(self.table.c.id).where(*mine).with_for_update())
        return self.get(connection, company_id, record_id, states)

    def page(self, connection: Connection, company_id: int, search: Search) -> ResultPage[R]:
        """Return one page of the records that a search finds, in a total order, with the exact total."""
        conditions = [self._condition(each) for each in search.filters]
        counted = self._select(company_id, search.states, func.count()).where(*conditions)
        total = int(connection.execute(counted, {"company": company_id}).scalar_one())
        offset = (search.page - 1) * search.size
        if offset >= total:
            return ResultPage([], total, search.page, search.size)
        # The ids are selected first, so that skipped rows are not read with their joined values.
        chosen = self._select(company_id, search.states, self.table.c.id).where(*conditions)
        chosen = chosen.order_by(*self._order(search.sort)).limit(search.size).offset(offset)
        ids = connection.execute(chosen, {"company": company_id}).scalars().all()
        found = self.find(connection, company_id, ids, search.states)
        return ResultPage([found[each] for each in ids if each in found], total, search.page, search.size)

    def _select(self, company_id: int, states: frozenset[State], *columns: Any) -> Select[Any]:
        mine = (self.table.c.company_id == company_id, self.visible, in_states(self.table, states))
        return select(*columns).where(*mine)

    def _columns(self) -> list[ColumnElement[Any]]:
        return [*self.table.columns, *(value.label(name) for name, value in self.values.items())]

    def _condition(self, condition: Filter) -> ColumnElement[bool]:
        if condition.name == ANY_TEXT:
            assert self.searched is not None
            wanted = condition.value if condition.operator == WORDS else (condition.value,)
            return and_(true(), *(self.searched.contains(folded(each), autoescape=True) for each in wanted))
        if condition.name in self.conditions:
            return self.conditions[condition.name](condition.value)
        column = self.filters[condition.name] if condition.name in self.filters else self.table.c[condition.name]
        operator = OPERATORS[condition.operator]
        return operator.condition(column, *operator.binds(condition.value))

    def _order(self, sort: Sort) -> list[ColumnElement[Any]]:
        levels = [*sort.levels, Sort("id", sort.levels[-1].descending)]
        return [self._key(each).desc() if each.descending else self._key(each).asc() for each in levels]

    def _key(self, sort: Sort) -> ColumnElement[Any]:
        return self.sorts[sort.name] if sort.name in self.sorts else sort_key(self.table.c[sort.name])

    def _stored_record(self, row: Record) -> StoredRecord[R]:
        return StoredRecord([row[name] for name in self.timestamps], lambda: cast(R, row))


def in_states(table: FromClause, states: frozenset[State]) -> ColumnElement[bool]:
    """Return the condition that a row is in one of these states."""
    if states == ANY:
        return true()
    archived, deleted = table.c.archived_at, table.c.deleted_at
    if states == ANY - {State.DELETED}:
        return deleted == 0
    conditions = {
        State.ACTIVE: and_(deleted == 0, archived == 0),
        State.ARCHIVED: and_(deleted == 0, archived > 0),
        State.DELETED: deleted > 0,
    }
    return or_(false(), *(conditions[state] for state in State if state in states))


def sort_key(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the expression by which rows are sorted; text is sorted regardless of case."""
    return func.lower(column) if isinstance(column.type, String) else column
