"""The rules for migrations, so that gateways can serve while one runs (CONTRIBUTING.md)."""

from collections.abc import Iterator
from types import ModuleType

from core.database.distribution import KEY
from core.database.migrations.compatibility import CONTRACTS, EXPANDS
from core.database.migrations.statements import Statement, statements_of
from core.database.migrations.steps import AddColumn, CreateTable, Step

TAKES_AWAY = {"drop column", "drop table", "drop index", "change table"}


def broken_by(migration: ModuleType) -> list[str]:
    """Return the rules that a migration breaks, each as a sentence."""
    compatibility = getattr(migration, "compatibility", None)
    if compatibility not in (EXPANDS, CONTRACTS):
        return ["It says neither `compatibility = EXPANDS` nor `CONTRACTS`."]
    expands = compatibility == EXPANDS
    if hasattr(migration, "steps"):
        return list(_by_steps(migration.steps, expands))
    return list(_by_statements(migration, expands))


def _by_steps(steps: list[Step], expands: bool) -> Iterator[str]:
    for step in steps:
        if expands and not step.expands:
            yield f"To {step.about} is a contraction."
        if isinstance(step, AddColumn) and not (step.column.nullable or step.column.server_default is not None):
            yield f"To {step.about} without NULL or a default refuses the rows of the version before."
        if isinstance(step, CreateTable) and any(getattr(part, "foreign_keys", ()) for part in step.parts()):
            yield f"To {step.about} with a reference in a column: a ForeignKeyConstraint beside it has a name."


def _by_statements(migration: ModuleType, expands: bool) -> Iterator[str]:
    statements, is_all = statements_of(migration, "postgresql")
    new = {each.table for each in statements if each.kind == "create table"}
    if not expands:
        yield "A contraction is made of steps: running programs of the version before are told before them."
    if not is_all:
        yield "It asks the database for something: make it of steps."
    for statement in statements:
        if statement.kind == "create table" and KEY in statement.sql:
            yield f"To {statement.about} is for CreateTable, among `steps`: it knows registers that are distributed."
        if statement.table not in new:
            yield from _by_statement(statement, expands)


def _by_statement(statement: Statement, expands: bool) -> Iterator[str]:
    sql = statement.sql.upper()
    if expands and statement.kind in TAKES_AWAY:
        yield f"To {statement.about} is a contraction."
    if statement.kind == "create index" and "CONCURRENTLY" not in sql:
        yield f"To {statement.about} keeps writers waiting: CreateIndex, among `steps`, does not."
    if statement.kind == "add constraint" and "NOT VALID" not in sql:
        yield f"To {statement.about} keeps everybody waiting while all rows are looked at: AddCheck does not."
    if statement.kind == "add column" and "NOT NULL" in sql and "DEFAULT" not in sql:
        yield f"To {statement.about} without NULL or a default refuses the rows of the version before."
    if statement.kind in ("change rows", "run"):
        yield f"To {statement.about} in one transaction keeps its rows locked: Backfill does not."
