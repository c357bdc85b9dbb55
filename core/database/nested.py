"""Rows as JSON that the database builds: a record and all its children come back as one text, parsed in one call.

Building rows and dicts in Python costs many times what the query does. This way a page of records is one statement and
one `orjson.loads` per record.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import JSON, TypeEngine

from core.query import Record


class _JsonArray(FunctionElement[str]):
    """A JSON array of the arguments."""

    type: TypeEngine[str] = JSON()
    inherit_cache = True
    name = "json_array_of"


class _JsonRows(FunctionElement[str]):
    """An aggregate: the JSON array of every row's JSON array of the arguments."""

    type: TypeEngine[str] = JSON()
    inherit_cache = True
    name = "json_rows_of"


@compiles(_JsonArray, "sqlite")
def _sqlite_array(element: _JsonArray, compiler: SQLCompiler, **options: Any) -> str:
    # SQLite stores JSON as text, which would be quoted again inside an array.
    parts = [(compiler.process(each, **options), isinstance(each.type, JSON)) for each in element.clauses]
    return f"json_array({', '.join(f'json({text})' if is_json else text for text, is_json in parts)})"


@compiles(_JsonArray, "postgresql")
def _postgresql_array(element: _JsonArray, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_build_array({', '.join(compiler.process(each, **options) for each in element.clauses)})"


@compiles(_JsonRows, "sqlite")
def _sqlite_rows(element: _JsonRows, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array({_sqlite_array(_JsonArray(*element.clauses), compiler, **options)})"


@compiles(_JsonRows, "postgresql")
def _postgresql_rows(element: _JsonRows, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_agg({_postgresql_array(_JsonArray(*element.clauses), compiler, **options)})"


class Children:
    """The rows of a child table that belong to a parent row, as one of the parent's values."""

    def __init__(self, columns: Sequence[ColumnElement[Any]], condition: ColumnElement[bool]) -> None:
        self.names = [str(column.key) for column in columns]
        rows = select(_JsonRows(*columns)).where(condition)
        self.column = func.coalesce(rows.scalar_subquery(), _JsonArray(), type_=JSON())

    def parse(self, rows: Sequence[Sequence[Any]]) -> list[Record]:
        """Return the child rows as records, in no particular order."""
        return [dict(zip(self.names, row, strict=True)) for row in rows]


def json_array(*values: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a JSON array of these values."""
    return _JsonArray(*values)
