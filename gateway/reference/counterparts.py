"""Finds the counterparts, in another dialect, of the names that integrations send in one."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from core.attribute import Attribute
from core.clients.attributes import attribute_of_client
from dialects.shared.dialect import Dialect
from dialects.shared.operation import Operation
from schemas.fields import FieldMap, input_only
from schemas.queries import Include, Parameter, SortBy, SortColumn, SortOrder, Where
from schemas.rows import Field, Many

AttributeOf = Callable[[str], Attribute[Any]]
_SORTING = (SortBy, SortColumn, SortOrder)


class Counterparts:
    """Finds counterparts of one dialect's tables in those of another."""

    def __init__(self, here: Dialect, there: Dialect) -> None:
        self._here, self._there = here, there
        self._operations = dict(_operations(here))
        self._others = dict(_operations(there))

    def of(self, method: str, route: str, kind: str, name: str) -> list[str]:
        """Return the counterparts of a name that a key sent to an operation (see `core.access.usage_names`).

        Empty if the other dialect has none, or the operation no longer exists.
        """
        operation = self._operations.get((method, route))
        if operation is None:
            return []
        tag = _tag(self._here, route)
        found = self._fields(operation, tag, name) if kind == "body" else self._parameters(operation, tag, kind, name)
        return list(dict.fromkeys(found))

    def route_of(self, method: str, route: str) -> str:
        """Return the corresponding operation of the other dialect, such as `GET /api/v1/clients/{id}`; or ""."""
        tag = _tag(self._here, route)
        path = f"{self._there.prefix}/{self._noun(tag)}{route.removeprefix(f'{self._here.prefix}/{tag}')}"
        return f"{method} {path}" if (method, path) in self._others else ""

    def _noun(self, tag: str) -> str:
        """Return the first path segment of the other dialect with the same subject: with the same attributes."""
        table = _table(self._here, tag)
        tags = [each.tag for each in self._there.paths]
        if tag in tags or table is None:
            return tag
        return next((each for each in tags if _is_of_same(table, _table(self._there, each))), tag)

    def _fields(self, operation: Operation, tag: str, name: str) -> Iterator[str]:
        mine = _row(operation.body, name)
        if mine is None or operation.body is None:
            return
        attributes = _attributes(operation.body, tag)
        for prefix, table in _tables(self._there, self._noun(tag)):
            if table.attribute == attributes:
                rows = [row for row in table.rows if isinstance(row, Field | Many) and row.on]
                yield from (prefix + row.input_key for row in _same(mine, rows, attributes))

    def _parameters(self, operation: Operation, tag: str, kind: str, name: str) -> Iterator[str]:
        lists = self._others.get(("GET", f"{self._there.prefix}/{self._noun(tag)}"))
        there: Sequence[Parameter] = lists.query if lists else ()
        table = _table(self._here, tag)
        attributes = table.attribute if table else attribute_of_client
        if kind == "include":
            yield from (name for each in there if isinstance(each, Include) and name in (*each.always, *each.relations))
        elif kind == "sort":
            yield from _columns(operation.query, there, name, attributes)
        else:
            mine = next((each for each in operation.query if each.name == name), None)
            yield from (each.name for each in there if mine is not None and _are_alike(mine, each, attributes))


def _operations(dialect: Dialect) -> Iterator[tuple[tuple[str, str], Operation]]:
    for path in dialect.paths:
        yield from (((method, dialect.prefix + path.path), each) for method, each in path.operations.items())


def _tag(dialect: Dialect, route: str) -> str:
    return route.removeprefix(dialect.prefix).strip("/").partition("/")[0]


def _table(dialect: Dialect, tag: str) -> FieldMap | None:
    """Return the table by which the records of such paths are created and changed."""
    bodies = (each.body for path in dialect.paths if path.tag == tag for each in path.operations.values())
    return next((body for body in bodies if body is not None and body.attribute is not input_only), None)


def _tables(dialect: Dialect, tag: str) -> Iterator[tuple[str, FieldMap]]:
    """Yield that table, and those of nested arrays, each with the prefix of its names."""
    for prefix in dict.fromkeys((tag, "clients")):
        table = _table(dialect, prefix)
        if table is not None:
            yield "", table
            yield from ((f"{row.key}[].", row.of) for row in table.rows if isinstance(row, Many))


def _is_of_same(one: FieldMap, other: FieldMap | None) -> bool:
    return other is not None and one.attribute == other.attribute


def _attributes(table: FieldMap, tag: str) -> AttributeOf:
    # Bodies of acts are arguments; those of a client's acts have the names of what they change.
    return attribute_of_client if table.attribute is input_only and tag == "clients" else table.attribute


def _same(mine: Field | Many, rows: Sequence[Field | Many], attributes: AttributeOf) -> list[Field | Many]:
    """Return the rows that set the same columns as `mine`: of the columns themselves, else derived ones."""
    wanted = _stored(attributes, mine.attribute)
    columns = [row for row in rows if row.attribute == mine.attribute or row.attribute in wanted]
    return columns or [row for row in rows if _stored(attributes, row.attribute) & wanted]


def _row(table: FieldMap | None, name: str) -> Field | Many | None:
    """Return the row of a recorded name: `contacts[]` is the array; `contacts[].email` in it counts as it."""
    rows = table.rows if table is not None else ()
    keys = {name, name.partition("[]")[0]}
    return next((row for row in rows if isinstance(row, Field | Many) and row.input_key in keys), None)


def _stored(attributes: AttributeOf, name: str) -> set[str]:
    """Return the columns that an attribute shows; its own name if it is not a stored one."""
    try:
        return set(attributes(name).of or (name,))
    except KeyError:
        return {name}


def _columns(
    mine: Sequence[Parameter], there: Sequence[Parameter], name: str, attributes: AttributeOf
) -> Iterator[str]:
    sorting = (each for each in mine if isinstance(each, SortBy | SortColumn) and name in each.columns)
    wanted = {column for each in sorting for column in _stored(attributes, each.columns[name])}
    for each in there:
        if isinstance(each, SortBy | SortColumn):
            yield from (key for key, column in each.columns.items() if _stored(attributes, column) & wanted)


def _are_alike(mine: Parameter, other: Parameter, attributes: AttributeOf) -> bool:
    if isinstance(mine, Where) and isinstance(other, Where):
        return bool(_stored(attributes, mine.attribute) & _stored(attributes, other.attribute))
    if isinstance(mine, _SORTING):
        return isinstance(other, _SORTING)
    return type(mine) is type(other)
