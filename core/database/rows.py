"""Rows of a statement as typed records (`core.models.records`), and conditions for single rows."""

from collections.abc import Iterable
from itertools import groupby
from typing import TypeVar, cast

from sqlalchemy import ColumnElement, Connection, Executable, Table, and_, delete

from core.query import Record

R = TypeVar("R", bound=Record)


def rows(kind: type[R], connection: Connection, statement: Executable) -> list[R]:
    """Return every row; `kind` has the columns that the statement reads."""
    return [cast(R, dict(row)) for row in connection.execute(statement).mappings()]


def first_row(kind: type[R], connection: Connection, statement: Executable) -> R | None:
    """Return the first row; None without one."""
    found = connection.execute(statement).mappings().first()
    return None if found is None else cast(R, dict(found))


def is_row(table: Table, company_id: int, row_id: int) -> ColumnElement[bool]:
    """Return the condition for one row. It includes the company, by which a distributed register finds the node."""
    return and_(table.c.company_id == company_id, table.c.id == row_id)


def delete_rows(connection: Connection, table: Table, found: Iterable[tuple[int, int]]) -> None:
    """Delete rows by their company and id, in one statement per company."""
    for company_id, of_company in groupby(sorted(found), lambda each: each[0]):
        ids = [row_id for _, row_id in of_company]
        connection.execute(delete(table).where(table.c.company_id == company_id, table.c.id.in_(ids)))
