"""What a migration is made of: steps, each of which is done at once or can be stopped and goes on where it was.

A step looks whether it is done already, so a migration that broke off is simply run again. Each says what it locks and
for how long, so that a plan can be made of it, and has a way back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import Connection

from core.database.migrations.stepping import Stepping

_BRIEF = "everything else waits for some milliseconds"


@dataclass(frozen=True)
class Step:
    """The base of all steps; `table` is the one that it changes."""

    table: str

    expands: ClassVar[bool] = True
    rows_a_second: ClassVar[dict[str, int]] = {}
    """About how many rows it does in a second, by engine (docs/scaling.md); none where their number does not matter."""
    lock: ClassVar[dict[str, str]] = {"sqlite": _BRIEF, "postgresql": _BRIEF}
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
        """Create it."""
        stepping.briefly(lambda op: op.create_table(self.table, *self.parts(), **self.options))

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

    rows_a_second: ClassVar[dict[str, int]] = {"sqlite": 500_000, "postgresql": 200_000}
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
                list(self.columns),
                unique=self.unique,
                sqlite_where=where,
                postgresql_where=where,
                **options,
            )
        )

    def undo(self, stepping: Stepping) -> None:
        """Drop it."""
        stepping.alone(lambda op, **options: op.drop_index(self.name, self.table, if_exists=True, **options))


@dataclass(frozen=True)
class Backfill(Step):
    """Values for rows that are there already: `UPDATE table SET assignments`, for the rows that `lack` them.

    Both are SQL that SQLite and PostgreSQL understand. A row that was done must not lack anything any more. Rows are
    done by ranges of `key`, some thousand in a transaction, with a pause between two for all who wait.
    """

    assignments: str
    lack: str
    key: str = "id"

    rows_a_second: ClassVar[dict[str, int]] = {"sqlite": 100_000, "postgresql": 8_000}
    lock: ClassVar[dict[str, str]] = {
        "sqlite": "writers wait for a part of a second at a time",
        "postgresql": "who changes the same rows waits for a part of a second",
    }

    @property
    def about(self) -> str:
        """What it does."""
        return f"fill in {self.assignments.partition('=')[0].strip()} of {self.table}"

    def is_done(self, _connection: Connection) -> bool:
        """Never known without a look at all rows, which is what doing it again is."""
        return False

    def run(self, stepping: Stepping) -> None:
        """Do what is left."""
        in_range = f"{self.key} > :after AND {self.key} <= :upto"
        update = sa.text(f"UPDATE {self.table} SET {self.assignments} WHERE {in_range} AND ({self.lack})")  # noqa: S608
        stepping.in_ranges(self.table, self.key, update)

    def undo(self, stepping: Stepping) -> None:
        """Nothing: the values go with their column."""


@dataclass(frozen=True)
class AddCheck(Step):
    """A condition that all rows keep, on PostgreSQL; where SQLite has it, it was made with its table.

    It holds for new rows at once, and is then looked after for all others, with no writer waiting.
    """

    name: str
    condition: str

    rows_a_second: ClassVar[dict[str, int]] = {"postgresql": 1_000_000}
    lock: ClassVar[dict[str, str]] = {"sqlite": "nothing is done", "postgresql": _BRIEF}
    expands: ClassVar[bool] = False  # the version before may not keep it

    @property
    def about(self) -> str:
        """What it does."""
        return f"have all rows of {self.table} keep {self.name}"

    def is_done(self, connection: Connection) -> bool:
        """Whether it holds for all rows."""
        found = sa.text("SELECT 1 FROM pg_constraint WHERE conname = :name AND convalidated")
        return connection.dialect.name == "sqlite" or bool(connection.execute(found, {"name": self.name}).scalar())

    def run(self, stepping: Stepping) -> None:
        """Add it for new rows, then look at the others."""
        self.undo(stepping)
        added = f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} CHECK ({self.condition}) NOT VALID"
        stepping.briefly(lambda op: op.execute(added))
        stepping.alone(lambda op, **_: op.execute(f"ALTER TABLE {self.table} VALIDATE CONSTRAINT {self.name}"))

    def undo(self, stepping: Stepping) -> None:
        """Drop it."""
        if not stepping.is_sqlite:
            dropped = f"ALTER TABLE {self.table} DROP CONSTRAINT IF EXISTS {self.name}"
            stepping.briefly(lambda op: op.execute(dropped))


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
