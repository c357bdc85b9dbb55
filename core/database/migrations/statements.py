"""The statements that a migration in one transaction would execute, found without executing it."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from alembic.migration import MigrationContext
from alembic.operations import Operations

_KINDS = {
    "create table": r"CREATE TABLE (?:IF NOT EXISTS )?(?P<table>\w+)",
    "create index": r"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?(?P<name>\w+) ON (?P<table>\w+)",
    "drop index": r"DROP INDEX (?:CONCURRENTLY )?(?:IF EXISTS )?(?P<name>\w+)",
    "add column": r"ALTER TABLE (?P<table>\w+) ADD COLUMN (?P<name>\w+)(?P<rest>.*)",
    "drop column": r"ALTER TABLE (?P<table>\w+) DROP COLUMN (?P<name>\w+)",
    "add constraint": r"ALTER TABLE (?P<table>\w+) ADD CONSTRAINT (?P<name>\w+)(?P<rest>.*)",
    "change table": r"ALTER TABLE (?P<table>\w+)",
    "drop table": r"DROP TABLE (?:IF EXISTS )?(?P<table>\w+)",
    "change rows": r"(?:UPDATE|DELETE FROM|INSERT INTO) (?P<table>\w+)",
}


@dataclass(frozen=True)
class Statement:
    """A statement: its kind (a key of `_KINDS`, or `run`), and the table and object that it changes."""

    kind: str
    sql: str
    table: str = ""
    name: str = ""

    @property
    def about(self) -> str:
        """A short description."""
        if self.kind == "run":
            return self.sql[:60]
        return f"{self.kind} {self.name} of {self.table}" if self.name and self.table else f"{self.kind} {self.table}"


def statements_of(migration: ModuleType, engine: str) -> tuple[list[Statement], bool]:
    """Return what the migration executes on `sqlite` or `postgresql`, and whether that is complete.

    Statements that depend on the rows of the register cannot be foreseen.
    """
    written = io.StringIO()
    context = MigrationContext.configure(dialect_name=engine, opts={"as_sql": True, "output_buffer": written})
    try:
        with Operations.context(context):
            migration.upgrade()
        is_all = True
    except Exception:  # it queries the database
        is_all = False
    return list(_parsed(written.getvalue())), is_all


def _parsed(script: str) -> Iterator[Statement]:
    for sql in script.split(";\n"):
        line = " ".join(sql.split())
        if line and not line.startswith("SELECT"):
            yield _statement(line)


def _statement(sql: str) -> Statement:
    for kind, pattern in _KINDS.items():
        if found := re.match(pattern, sql, re.IGNORECASE):
            named = found.groupdict()
            return Statement(kind, sql, named.get("table") or "", named.get("name") or "")
    return Statement("run", sql)
