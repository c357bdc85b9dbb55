"""A row's children as one JSON array computed by the database, so that a page of records is one statement."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, ScalarSelect, Text, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import JSON, TypeEngine

from core.query import Record


class _JsonRows(FunctionElement[str]):
    """An aggregate: every row of the group as a JSON array of its columns, in the order given."""

    type: TypeEngine[str] = Text()
    inherit_cache = True
    name = "json_rows"


@compiles(_JsonRows, "sqlite")
def _sqlite(element: _JsonRows, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array(json_array({_arguments(element, compiler, 'json({})', options)}))"


@compiles(_JsonRows, "postgresql")
def _postgresql(element: _JsonRows, compiler: SQLCompiler, **options: Any) -> str:
    rows = f"json_agg(json_build_array({_arguments(element, compiler, '{}', options)}))"
    return f"coalesce({rows}, '[]')::text"


def _arguments(element: _JsonRows, compiler: SQLCompiler, json_form: str, options: Any) -> str:
    # SQLite stores JSON as text, which would be quoted once more inside an array.
    return ", ".join(
        json_form.format(text) if isinstance(column.type, JSON) else text
        for column in element.clauses
        for text in [compiler.process(column, **options)]
    )


def rows_of(columns: Sequence[Column[Any]], condition: ColumnElement[bool]) -> ScalarSelect[str]:
    """A correlated subquery: the child rows that meet the condition, to be read with `parse_rows`."""
    return select(_JsonRows(*columns)).where(condition).scalar_subquery()


def parse_rows(text: str, columns: Sequence[Column[Any]]) -> list[Record]:
    """The child rows as records keyed by column name, in no particular order."""
    names = [column.name for column in columns]
    return [dict(zip(names, row, strict=True)) for row in orjson.loads(text)]
