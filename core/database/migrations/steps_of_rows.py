"""Steps of migrations that look at every row of a table, or change it."""

from dataclasses import dataclass
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy import Connection

from core.database.migrations.stepping import Stepping
from core.database.migrations.steps import BRIEF, Step


@dataclass(frozen=True)
class Backfill(Step):
    """Values for rows that are there already: `UPDATE table SET assignments`, for the rows that `lack` them.

    Both are SQL that SQLite and PostgreSQL understand. A row that was done must not lack anything any more. Rows are
    done by ranges of `key`, some thousand in a transaction, with a pause between two for all who wait.
    """

    assignments: str
    lack: str
    key: str = "id"

    rows_a_second: ClassVar[dict[str, int]] = {"sqlite": 100_000, "postgresql": 5_000}
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
    lock: ClassVar[dict[str, str]] = {"sqlite": "nothing is done", "postgresql": BRIEF}
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
