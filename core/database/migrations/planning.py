"""The plan of an upgrade to this version's schema: its steps, about how long they take, and what waits for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from core.database.database import Database
from core.database.migrations import distributed, files, present
from core.database.migrations.statements import Statement, statements_of
from core.database.migrations.steps import CreateTable, Step
from core.database.postgresql import is_distributed

_LOCK = {
    "sqlite": "writers wait until the migration is done",
    "postgresql": "reads and writes of the table wait until the migration is done",
}
_ROWS_PER_SECOND = {"create index": 400_000, "change rows": 50_000, "run": 50_000}
_UNFORESEEN = "read and change rows"


@dataclass(frozen=True)
class PlannedStep:
    """One step: how many rows it touches, about how long it takes, and what waits for it."""

    about: str
    table: str
    rows: int
    seconds: float
    lock: str


@dataclass(frozen=True)
class PlannedMigration:
    """One migration; `expands` says that the version before may go on, `is_stepwise` that it can be interrupted."""

    revision: str
    about: str
    expands: bool
    is_stepwise: bool
    steps: Sequence[PlannedStep]

    @property
    def seconds(self) -> float:
        """About how many seconds it takes."""
        return sum(step.seconds for step in self.steps)

    @property
    def is_reversible(self) -> bool:
        """Whether `gateway db downgrade` can undo it."""
        return self.is_stepwise


def plan(database: Database) -> list[PlannedMigration]:
    """Return the migrations to be done, in order, without changing anything. Raises `SchemaTooNew`."""
    with database.reading() as connection:
        found = present(connection)
        return [_planned(connection, revision) for revision in files.pending(found, files.head())]


def _planned(connection: Connection, revision: str) -> PlannedMigration:
    module = files.load(revision)
    is_stepwise = files.has_steps(revision)
    steps = _plan_steps(connection, module.steps) if is_stepwise else _plan_statements(connection, revision)
    about = " ".join((module.__doc__ or "").split())
    return PlannedMigration(revision, about, files.expands(revision), is_stepwise, list(steps))


def _plan_steps(connection: Connection, steps: Sequence[Step]) -> Iterator[PlannedStep]:
    engine = connection.dialect.name
    for step in steps:
        speed = step.rows_per_second.get(engine, 0)
        rows = rows_of(connection, step.table) if speed else 0
        seconds = rows / speed if speed else 0.0
        if not step.is_done(connection):
            yield PlannedStep(_about(connection, step), step.table, rows, seconds, step.lock[engine])


def _about(connection: Connection, step: Step) -> str:
    if isinstance(step, CreateTable) and is_distributed(connection):
        return f"{step.about}, {distributed.placement_of(step.table, step.parts())}"
    return step.about


def _plan_statements(connection: Connection, revision: str) -> Iterator[PlannedStep]:
    lock = _LOCK[connection.dialect.name]
    statements, is_all = statements_of(files.load(revision), connection.dialect.name)
    new = {each.table for each in statements if each.kind == "create table"}
    for statement in statements:
        rows = 0 if statement.table in new else _affected_table(connection, statement)
        waiting = "nothing waits" if statement.table in new else lock
        seconds = rows / _ROWS_PER_SECOND.get(statement.kind, 1_000_000)
        yield PlannedStep(statement.about, statement.table, rows, seconds, waiting)
    if not is_all:
        rows = rows_of(connection, "clients")
        yield PlannedStep(_UNFORESEEN, "clients", rows, rows / _ROWS_PER_SECOND["change rows"], lock)


def _affected_table(connection: Connection, statement: Statement) -> int:
    return rows_of(connection, statement.table) if statement.kind in _ROWS_PER_SECOND and statement.table else 0


def rows_of(connection: Connection, table: str) -> int:
    """Return about how many rows a table has; 0 if it does not exist."""
    if not connection.dialect.has_table(connection, table):
        return 0
    if known := _known_rows(connection, table):
        return known
    return int(connection.execute(sa.select(sa.func.count()).select_from(sa.table(table))).scalar_one())


def _known_rows(connection: Connection, table: str) -> int:
    """Return the number of rows as the database estimates it without counting; 0 if it has no estimate."""
    if connection.dialect.name == "sqlite":
        return 0
    if is_distributed(connection):
        return distributed.rows_of(connection, table)
    return max(0, int(connection.execute(_KNOWN_ROWS, {"table": table}).scalar() or 0))


_KNOWN_ROWS = sa.text("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:table)")
