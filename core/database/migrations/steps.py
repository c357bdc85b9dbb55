"""What a migration is made of: steps, each of which is done at once or can be stopped and goes on where it was.

A step looks whether it is done already, so a migration that broke off is simply run again. Each says what it locks and
for how long, so that a plan can be made of it, and has a way back.
"""

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
"""What is said of a step that is done at once."""


@dataclass(frozen=True)
class Step:
    """The base of all steps; `table` is the one that it changes."""

    table: str

    expands: ClassVar[bool] = True
    rows_a_second: ClassVar[dict[str, int]] = {}
    """About how many rows it does in a second, by engine (docs/scaling.md); none where their number does not matter."""
    lock: ClassVar[dict[str, str]] = {"sqlite": BRIEF, "postgresql": BRIEF}
    """What waits for it, by the name of the engine."""

    @property
    def about(self) -> str:
        """What it does, in a few words."""
        raise NotImplementedError

    def is_done(self, connection: Connection) -> bool:
        """Whether it was done before."""
        raise NotImplementedError

    def run(self, stepping: Stepping) -> None:
        """Do it."""
        raise NotImplementedError

    def undo(self, stepping: Stepping) -> None:
        """Do the opposite, also after it was half done."""
        raise NotImplementedError

    def lost(self, _connection: Connection) -> int:
        """How many rows hold what the way back would lose."""
        return 0


@dataclass(frozen=True)
class AddColumn(Step):
    """A column that is NULL or has a constant default, so that the version before can insert rows without it."""

    column: sa.Column[Any]

    @property
    def about(self) -> str:
        """What it does."""
        return f"add column {self.column.name} to {self.table}"

    def is_done(self, connection: Connection) -> bool:
        """Whether the column is there."""
        return _has_column(connection, self.table, self.column.name)

    def run(self, stepping: Stepping) -> None:
        """Add it."""
        stepping.briefly(lambda op: op.add_column(self.table, self.column._copy()))

    def undo(self, stepping: Stepping) -> None:
        """Drop it."""
        stepping.briefly(lambda op: op.drop_column(self.table, self.column.name))

    def lost(self, connection: Connection) -> int:
        """Rows that have a value of their own."""
        default = getattr(self.column.server_default, "arg", None)
        value: sa.ColumnElement[Any] = sa.column(self.column.name)
        literal = sa.literal(default) if isinstance(default, str) else default
        is_own = value.is_not(None) if literal is None else value.is_distinct_from(literal)
        counted = sa.select(sa.func.count()).select_from(sa.table(self.table)).where(is_own)
        return int(connection.execute(counted).scalar_one())


@dataclass(frozen=True)
class CreateTable(Step):
    """A table; `parts` makes all that it is made of, anew for each database, since a part belongs to one table."""

    parts: Callable[[], Sequence[sa.schema.SchemaItem]]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def about(self) -> str:
        """What it does."""
        return f"create table {self.table}"

    def is_done(self, connection: Connection) -> bool:
        """Whether the table is there."""
        return connection.dialect.has_table(connection, self.table)

    def run(self, stepping: Stepping) -> None:
        """Create it, on a distributed register where it belongs."""
        stepping.briefly(self._create)

    def _create(self, op: Operations) -> None:
        if is_distributed(op.get_bind()):
            distributed.create_table(op, self.table, self.parts(), self.options)
        else:
            op.create_table(self.table, *self.parts(), **self.options)

    def undo(self, stepping: Stepping) -> None:
        """Drop it."""
        stepping.briefly(lambda op: op.drop_table(self.table))

    def lost(self, connection: Connection) -> int:
        """All its rows."""
        counted = sa.select(sa.func.count()).select_from(sa.table(self.table))
        return int(connection.execute(counted).scalar_one())


@dataclass(frozen=True)
class CreateIndex(Step):
    """An index, made beside writers on PostgreSQL; SQLite has one writer, who is the index then."""

    name: str
    columns: Sequence[str | sa.TextClause]
    unique: bool = False
    where: str = ""

    rows_a_second: ClassVar[dict[str, int]] = {"sqlite": 500_000, "postgresql": 125_000}
    lock: ClassVar[dict[str, str]] = {"sqlite": "writers wait until it is done", "postgresql": "nothing waits"}

    @property
    def about(self) -> str:
        """What it does."""
        return f"create index {self.name} of {self.table}"

    def is_done(self, connection: Connection) -> bool:
        """Whether the index is there and whole."""
        if connection.dialect.name == "sqlite":
            found = sa.text("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = :name")
        else:
            found = sa.text("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND indisvalid")
        return connection.execute(found, {"name": self.name}).scalar() is not None

    def run(self, stepping: Stepping) -> None:
        """Make it anew: one that broke off is there on PostgreSQL, is kept up to date, and used by nobody."""
        self.undo(stepping)
        where = sa.text(self.where) if self.where else None
        stepping.alone(
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
        is_by_company = distribution.placed(connection).get(self.table) == "h"
        return distributed.led(self.columns) if is_by_company else list(self.columns)

    def undo(self, stepping: Stepping) -> None:
        """Drop it."""
        stepping.alone(lambda op, **options: op.drop_index(self.name, self.table, if_exists=True, **options))


@dataclass(frozen=True)
class DropColumn(Step):
    """A column that no version uses any more but the one before the last, which therefore must not run any more."""

    column: sa.Column[Any]

    expands: ClassVar[bool] = False

    @property
    def about(self) -> str:
        """What it does."""
        return f"drop column {self.column.name} of {self.table}"

    def is_done(self, connection: Connection) -> bool:
        """Whether the column is gone."""
        return not _has_column(connection, self.table, self.column.name)

    def run(self, stepping: Stepping) -> None:
        """Drop it."""
        AddColumn(self.table, self.column).undo(stepping)

    def undo(self, stepping: Stepping) -> None:
        """Add it again, without what was in it."""
        AddColumn(self.table, self.column).run(stepping)


def _has_column(connection: Connection, table: str, column: str) -> bool:
    if not connection.dialect.has_table(connection, table):
        return False
    return any(found["name"] == column for found in sa.inspect(connection).get_columns(table))
