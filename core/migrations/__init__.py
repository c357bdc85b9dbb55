"""The schema's history, applied by Alembic when the register is opened."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from core import grams
from core.database import Database
from core.errors import SchemaTooNew, UnfinishedCopy

COPY_MARK = "unfinished_copy"  # a table that is there while `core.copying` fills the database
_LOCK = 7_220_158  # any number that nothing else in the database locks


def configuration() -> Config:
    """Alembic's settings, without a file: the revisions are part of the package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def head() -> str:
    """This version's own revision."""
    return str(ScriptDirectory.from_config(configuration()).get_current_head())


def upgrade(database: Database, revision: str | None = None) -> None:
    """Bring the schema to a revision, this version's own by default, in one transaction; one that is there stays.

    Of many processes that start together one migrates and the others wait. Raises `SchemaTooNew`, and `UnfinishedCopy`
    unless a revision is asked for.
    """
    config = configuration()
    script = ScriptDirectory.from_config(config)
    wanted = revision or script.get_current_head()
    with database.reading() as connection:
        if revision is None and connection.dialect.has_table(connection, COPY_MARK):
            raise UnfinishedCopy("this register is only half there; run `gateway db copy` again to its end")
        if _present(connection, script) == wanted and grams.are_there(connection):
            return
    with database.writing() as connection:
        if not database.is_sqlite:  # where the write lock already makes processes that start together take turns
            for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
                connection.execute(select(func.set_config(limit, "0", True)))  # a migration takes its time
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        if _present(connection, script) != wanted:
            config.attributes["connection"] = connection
            command.upgrade(config, str(wanted))
        if revision is None:
            grams.ensure(connection)


def _present(connection: Connection, script: ScriptDirectory) -> str | None:
    present = MigrationContext.configure(connection).get_current_revision()
    if present is not None and present not in {each.revision for each in script.walk_revisions()}:
        raise SchemaTooNew(
            f"the database was migrated by a later version of this program (schema {present}, this one knows up to "
            f"{script.get_current_head()}); run that version, or restore a backup from before"
        )
    return present
