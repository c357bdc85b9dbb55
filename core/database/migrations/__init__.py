"""The schema's history, applied by Alembic when the register is opened."""

import logging
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from core.database import trigram_index
from core.database.database import Database
from core.database.distribution import UNFINISHED
from core.database.outages import is_of_tables
from core.errors import SchemaTooNew, SchemaTooOld, UnfinishedCopy, UpgradeFailed

log = logging.getLogger(__name__)

COPY_MARK = "unfinished_copy"  # a table that is there while `core.operations.copying` fills the database
_FOLDER = Path(__file__).parent
_LOCK = 7_220_158  # any number that nothing else in the database locks


def revisions() -> list[str]:
    """The revisions that this version knows, the first one first: each is a file that begins with its number."""
    return sorted(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py"))


def head() -> str:
    """This version's own revision."""
    return revisions()[-1]


def upgrade(database: Database, revision: str | None = None) -> None:
    """Bring the schema to a revision, this version's own by default, in one transaction; one that is there stays.

    Of many processes that start together one migrates and the others wait. Raises `SchemaTooNew`, `UpgradeFailed` if
    the tables or their rows are not what a migration expects, and `UnfinishedCopy` unless a revision is asked for.
    """
    wanted = revision or head()
    with database.reading() as connection:
        if revision is None and connection.dialect.has_table(connection, COPY_MARK):
            raise UnfinishedCopy("this register is only half there; run `gateway db copy` again to its end")
        if revision is None and connection.dialect.has_table(connection, UNFINISHED):
            raise UnfinishedCopy("this register is only half distributed; run `gateway db distribute` again to its end")
        if present(connection) == wanted and trigram_index.is_there(connection):
            return
    database.write_now(lambda connection: _bring(connection, wanted, with_indexes=revision is None))


def prepare(database: Database, by_hand: bool = False) -> None:
    """Bring the schema to this version's own; if somebody does that `by_hand`, only look. Raises as both do."""
    if by_hand:
        check(database)
    else:
        upgrade(database)


def check(database: Database) -> None:
    """Raise `SchemaTooOld` or `SchemaTooNew` unless the database has this version's schema."""
    found = database.read_now(present)
    if found != head():
        has = f"has schema {found}" if found else "has no schema yet"
        raise SchemaTooOld(
            f"the register {has}, and this version needs {head()}; `gateway db upgrade` brings it there, after a backup"
        )


def _bring(connection: Connection, wanted: str, with_indexes: bool) -> None:
    if connection.dialect.name != "sqlite":  # where the write lock already makes processes that start take turns
        # Whoever has waited must see what was migrated meanwhile, also where transactions are SERIALIZABLE.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(select(func.set_config(limit, "0", True)))  # a migration takes its time
        _take_turn(connection)
    found = present(connection)
    if found != wanted:
        try:
            _migrate(connection, wanted)
        except DBAPIError as error:
            if is_of_tables(error):
                raise UpgradeFailed(_why_not(found, wanted, error)) from error
            raise
    if with_indexes:
        trigram_index.ensure(connection)


def _why_not(found: str | None, wanted: str, error: DBAPIError) -> str:
    return (
        f"the register (schema {found or 'none'}) cannot be brought to schema {wanted} of this version and is left as "
        f"it was: {str(error.orig).splitlines()[0]}; its tables are not those of its schema, so restore a backup or "
        "name another database"
    )


def _take_turn(connection: Connection) -> None:
    try:
        with connection.begin_nested():
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    except DBAPIError as error:  # some databases that speak PostgreSQL's language have no such locks
        log.warning("nothing keeps two gateways from migrating at once, so start one alone: %s", error.orig)


def present(connection: Connection) -> str | None:
    """The revision that a database has; None if it has no schema yet. Raises `SchemaTooNew`."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found is not None and found not in revisions():
        raise SchemaTooNew(
            f"the database was migrated by a later version of this program (schema {found}, this one knows up to "
            f"{head()}); run that version, or restore a backup from before"
        )
    return found


def _migrate(connection: Connection, wanted: str) -> None:
    # Imported late: it takes a tenth of a second, and hardly any start finds something to migrate.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, wanted)
