"""The steps of migrations. A step is done at once, or can be interrupted and resumed.

A step checks whether it is already done, so an interrupted migration is simply run again. Each step states what it
locks and for how long, so that an upgrade can be planned, and each can be undone.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sqlalchemy as sa
from alembic.operations import Operations
from sqlalchemy import Connection

from core.database import distribution
from core.database.migrations import distributed
from core.database.migrations.stepping import Stepping
from core.database.postgresql import is_distributed

BRIEF = "everything else waits for some milliseconds"
"""The lock of a step that is done at once."""


@dataclass(frozen=True)
class Step(ABC):
    """The base class of all steps; `table` is the table that the step changes."""

    table: str

    expands: ClassVar[bool] = True
    rows_per_second: ClassVar[dict[str, int]] = {}
    """About how many rows it does in a second, by engine (docs/scaling-measured.md); empty if that is irrelevant."""
    lock: ClassVar[dict[str, str]] = {"sqlite": BRIEF, "postgresql": BRIEF}
    """What waits for the step, by the name of the engine."""

    @property
    @abstractmethod
    def about(self) -> str:
        """What it does, in a few words."""

    @abstractmethod
    def is_done(self, connection: Connection) -> bool:
        """Return whether it was done before."""

    @abstractmethod
    def run(self, stepping: Stepping) -> None:
        """Do it."""

    @abstractmethod
    def undo(self, stepping: Stepping) -> None:
        """Do the opposite, also after it was half done."""

    def lost(self, _connection: Connection) -> int:
        """Return how many rows have values that undoing would lose."""
        return 0


@dataclass(frozen=True)
class AddColumn(Step):
    """Adds a column that is NULL or has a constant default, so that the version before can insert rows without it."""

    column: sa.Column[Any]

    @property
    def about(self) -> str:
        """What it does."""
        return f"add column {self.column.name} to {self.table}"

    def is_done(self, connection: Connection) -> bool:
        """Return whether the column is there."""
        return _has_column(connection, self.table, self.column.name)

    def run(self, stepping: Stepping) -> None:
        """Add it."""
        stepping.in_brief_transaction(lambda op: op.add_column(self.table, self.column._copy()))

    def undo(self, stepping: Stepping) -> None:
        """Drop it."""
        stepping.in_brief_transaction(lambda op: op.drop_column(self.table, self.column.name))

    def lost(self, connection: Connection) -> int:
        """Return the number of rows that have a value other than the default."""
        default = getattr(self.column.server_default, "arg", None)
        value: sa.ColumnElement[Any] = sa.column(self.column.name)
        literal = sa.literal(default) if isinstance(default, str) else default
        is_own = value.is_not(None) if literal is None else value.is_distinct_from(literal)
        counted = sa.select(sa.func.count()).select_from(sa.table(self.table)).where(is_own)
        return int(connection.execute(counted).scalar_one())


@dataclass(frozen=True)
class CreateTable(Step):
    """Creates a table.

    `parts` returns new columns and constraints for each database, because each of them can belong to one table only.
    """

    parts: Callable[[], Sequence[sa.schema.SchemaItem]]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def about(self) -> str:
        """What it does."""
        return f"create table {self.table}"

    def is_done(self, connection: Connection) -> bool:
        """Return whether the table is there."""
        return connection.dialect.has_table(connection, self.table)

    def run(self, stepping: Stepping) -> None:
        """Create it, on a distributed register where it belongs."""
        stepping.in_brief_transaction(self._create)

    def _create(self, op: Operations) -> None:
        if is_distributed(op.get_bind()):
            distributed.create_table(op, self.table, self.parts(), self.options)
        else:
            op.create_table(self.table, *self.parts(), **self.options)

    def undo(self, stepping: Stepping) -> None:
        """Drop it."""
        stepping.in_brief_transaction(lambda op: op.drop_table(self.table))

    def lost(self, connection: Connection) -> int:
        """Return the number of rows."""
        counted = sa.select(sa.func.count()).select_from(sa.table(self.table))
        return int(connection.execute(counted).scalar_one())


@dataclass(frozen=True)
class CreateIndex(Step):
    """Creates an index, concurrently on PostgreSQL; on SQLite writers wait."""

    name: str
    columns: Sequence[str | sa.TextClause]
    unique: bool = False
    where: str = ""

    rows_per_second: ClassVar[dict[str, int]] = {"sqlite": 500_000, "postgresql": 125_000}
    lock: ClassVar[dict[str, str]] = {"sqlite": "writers wait until it is done", "postgresql": "nothing waits"}

    @property
    def about(self) -> str:
        """What it does."""
        return f"create index {self.name} of {self.table}"

    def is_done(self, connection: Connection) -> bool:
        """Return whether the index exists and is valid."""
        if connection.dialect.name == "sqlite":
            found = sa.text("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = :name")
        else:
            found = sa.text("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND indisvalid")
        return connection.execute(found, {"name": self.name}).scalar() is not None

    def run(self, stepping: Stepping) -> None:
        """Create the index, after dropping an incomplete one that an interrupted run has left on PostgreSQL."""
        self.undo(stepping)
        where = sa.text(self.where) if self.where else None
        stepping.outside_transaction(
            lambda op, **options: op.create_index(
                self.name,
                self.table,
                self._columns(op.get_bind()),
                unique=self.unique,
                sqlite_where=where,
                postgresql_where=where,
                **options,
            )
        )

    def _columns(self, connection: Connection) -> list[str | sa.TextClause]:
        if not (self.unique and is_distributed(connection)):
            return list(self.columns)
        is_by_company = distribution.placements(connection).get(self.table) == "h"
        return distributed.company_first(self.columns) if is_by_company else list(self.columns)

    def undo(self, stepping: Stepping) -> None:
        """Drop it."""
        stepping.outside_transaction(
            lambda op, **options: op.drop_index(self.name, self.table, if_exists=True, **options)
        )


@dataclass(frozen=True)
class DropColumn(Step):
    """Drops a column that only the version before the last used, which therefore must not run any more."""

    column: sa.Column[Any]

    expands: ClassVar[bool] = False

    @property
    def about(self) -> str:
        """What it does."""
        return f"drop column {self.column.name} of {self.table}"

    def is_done(self, connection: Connection) -> bool:
        """Return whether the column is gone."""
        return not _has_column(connection, self.table, self.column.name)

    def run(self, stepping: Stepping) -> None:
        """Drop it."""
        AddColumn(self.table, self.column).undo(stepping)

    def undo(self, stepping: Stepping) -> None:
        """Add the column again, without its values."""
        AddColumn(self.table, self.column).run(stepping)


def _has_column(connection: Connection, table: str, column: str) -> bool:
    if not connection.dialect.has_table(connection, table):
        return False
    return any(found["name"] == column for found in sa.inspect(connection).get_columns(table))
