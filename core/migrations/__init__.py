"""The schema's history, applied by Alembic when the register is opened."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from core import search
from core.database import Database

_LOCK = 7_220_158  # any number that nothing else in the database locks


def configuration() -> Config:
    """Alembic's settings, without a file: the revisions are part of the package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to a revision, this version's own by default, in one transaction; one that is there stays."""
    config = configuration()
    head = ScriptDirectory.from_config(config).get_current_head() if revision == "head" else revision
    with database.reading() as connection:
        is_there = _revision(connection) == head
        if is_there and search.has_grams(connection):
            return
    with database.writing() as connection:
        if not database.is_sqlite:  # where the write lock already makes processes that start together take turns
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        if not is_there:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
        if revision == "head":
            search.ensure_grams(connection)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
