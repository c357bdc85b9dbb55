"""Rows of a statement as records of a kind (`core.models.records`)."""

from typing import TypeVar, cast

from sqlalchemy import Connection, Executable

from core.query import Record

R = TypeVar("R", bound=Record)


def rows(kind: type[R], connection: Connection, statement: Executable) -> list[R]:
    """Every row; `kind` has the columns that the statement reads."""
    return [cast(R, dict(row)) for row in connection.execute(statement).mappings()]


def first_row(kind: type[R], connection: Connection, statement: Executable) -> R | None:
    """The first row; None without one."""
    found = connection.execute(statement).mappings().first()
    return None if found is None else cast(R, dict(found))
