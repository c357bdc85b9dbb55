"""Migration steps that read or change every row of a table."""

from dataclasses import dataclass
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy import Connection

from core.database.migrations.stepping import Stepping
from core.database.migrations.steps import BRIEF, Step


@dataclass(frozen=True)
class Backfill(Step):
    """Fills in values of existing rows: `UPDATE table SET assignments` for the rows that `lack` them.

    Both are SQL that SQLite and PostgreSQL understand. A row that was updated must not match `lack` any more. Rows are
    updated in ranges of `key`, some thousand in a transaction, with a pause between two for other writers.
    """

    assignments: str
    lack: str
    key: str = "id"

    rows_per_second: ClassVar[dict[str, int]] = {"sqlite": 100_000, "postgresql": 5_000}
    lock: ClassVar[dict[str, str]] = {
        "sqlite": "writers wait for a part of a second at a time",
        "postgresql": "writers of the same rows wait for a part of a second",
    }

    @property
    def about(self) -> str:
        """What it does."""
        return f"fill in {self.assignments.partition('=')[0].strip()} of {self.table}"

    def is_done(self, _connection: Connection) -> bool:
        """Return False: it is only known after reading all rows, which is what running it again does."""
        return False

    def run(self, stepping: Stepping) -> None:
        """Update the remaining rows."""
        in_range = f"{self.key} > :after AND {self.key} <= :upto"
        update = sa.text(f"UPDATE {self.table} SET {self.assignments} WHERE {in_range} AND ({self.lack})")  # noqa: S608
        stepping.in_ranges(self.table, self.key, update)

    def undo(self, stepping: Stepping) -> None:
        """Do nothing: the values are removed with their column."""


@dataclass(frozen=True)
class AddCheck(Step):
    """Adds a CHECK constraint on PostgreSQL; on SQLite it was made with the table.

    It applies to new rows at once, and is then validated for existing rows without making writers wait.
    """

    name: str
    condition: str

    rows_per_second: ClassVar[dict[str, int]] = {"postgresql": 1_000_000}
    lock: ClassVar[dict[str, str]] = {"sqlite": "nothing is done", "postgresql": BRIEF}
    expands: ClassVar[bool] = False  # the version before may not satisfy it

    @property
    def about(self) -> str:
        """What it does."""
        return f"add check {self.name} to {self.table}"

    def is_done(self, connection: Connection) -> bool:
        """Return whether the constraint is validated for all rows."""
        found = sa.text("SELECT 1 FROM pg_constraint WHERE conname = :name AND convalidated")
        return connection.dialect.name == "sqlite" or bool(connection.execute(found, {"name": self.name}).scalar())

    def run(self, stepping: Stepping) -> None:
        """Add the constraint for new rows, then validate the existing ones."""
        self.undo(stepping)
        added = f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} CHECK ({self.condition}) NOT VALID"
        stepping.in_brief_transaction(lambda op: op.execute(added))
        stepping.outside_transaction(
            lambda op, **_: op.execute(f"ALTER TABLE {self.table} VALIDATE CONSTRAINT {self.name}")
        )

    def undo(self, stepping: Stepping) -> None:
        """Drop it."""
        if not stepping.is_sqlite:
            dropped = f"ALTER TABLE {self.table} DROP CONSTRAINT IF EXISTS {self.name}"
            stepping.in_brief_transaction(lambda op: op.execute(dropped))
