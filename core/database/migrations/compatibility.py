"""Which versions of this program may use a register, recorded in the register itself.

A migration *expands*, so that the version before can go on with the schema after it, or it *contracts*. The register
carries the oldest schema whose program may use it: SQLite in `PRAGMA user_version`, PostgreSQL as the comment of the
table `alembic_version`. Neither is a column, so no program is disturbed, and copies of the database keep it.
"""

import re
from dataclasses import dataclass

from sqlalchemy import Connection, text

EXPANDS, CONTRACTS = "expands", "contracts"
LOOK_SECONDS = 1.0
"""How often a running program checks whether it may still use the register."""
FIRST_MARKED = "0026"
"""The schema of the first program that reads the mark."""

_REVISION = text("SELECT version_num FROM alembic_version")
_COMMENT = text("SELECT obj_description('alembic_version'::regclass, 'pg_class')")

_BASE = 10_000  # SQLite has one number for both revisions


@dataclass(frozen=True)
class Schema:
    """The schema of a register; `oldest` is empty if it has no mark."""

    revision: str | None
    oldest: str = ""

    def is_usable_by(self, revision: str) -> bool:
        """Return whether the program whose own schema is `revision`, an earlier one, may use it."""
        return bool(self.oldest) and self.oldest <= revision


def schema_of(connection: Connection) -> Schema:
    """Return the schema of a database, without a revision if it has none yet."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return Schema(None)
    revision = connection.execute(_REVISION).scalar()
    marked, oldest = _mark(connection)
    # A mark of another revision is outdated: a program that does not know marks has migrated since.
    return Schema(revision, oldest if marked == revision else "")


def mark(connection: Connection, revision: str, oldest: str) -> None:
    """Record the oldest schema whose program may use the register, which has this revision."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA user_version = {int(revision) * _BASE + int(oldest)}")
    else:
        comment = f"schema {int(revision):04}, used by programs of schema {int(oldest):04} and later"
        connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{comment}'")


def _mark(connection: Connection) -> tuple[str, str]:
    """Return the revision that was marked, and the oldest schema that may use it; both empty without a mark."""
    if connection.dialect.name == "sqlite":
        number = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        return (f"{number // _BASE:04}", f"{number % _BASE:04}") if number else ("", "")
    found = re.findall(r"\d{4}", connection.execute(_COMMENT).scalar() or "")
    return (found[0], found[1]) if len(found) == 2 else ("", "")
