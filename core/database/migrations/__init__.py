"""The history of the schema, applied when the register is opened: by Alembic up to 0026, then step by step."""

import logging
import time
from collections.abc import Callable
from functools import cache, partial

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from core.database import trigram_index
from core.database.database import Database
from core.database.distribution import UNFINISHED
from core.database.migrations.compatibility import mark, schema_of
from core.database.migrations.files import FOLDER, has_steps, head, oldest_user, pending, revisions
from core.database.migrations.progress import Progress, silent
from core.database.outages import is_schema_error
from core.errors import SchemaTooNew, SchemaTooOld, UnfinishedCopy, UpgradeFailed

__all__ = ["COPY_MARK", "check", "check_is_own", "head", "is_later", "prepare", "present", "revisions", "upgrade"]

log = logging.getLogger(__name__)

COPY_MARK = "unfinished_copy"  # a table that exists while `core.operations.copying` fills the database
_LOCK = 7_220_158  # an arbitrary number that nothing else in the database locks
TURN_SECONDS = 0.05


def upgrade(database: Database, revision: str | None = None, progress: Progress = silent) -> None:
    """Bring the schema to a revision, by default this version's own.

    A schema that is already there stays, and so does a later one that this version may use. If many processes start
    together, one migrates and the others wait. Raises `SchemaTooNew`, `UpgradeFailed` if the tables or rows are not
    what a migration expects, and `UnfinishedCopy` unless a revision is given.
    """
    wanted = revision or head()
    with database.reading() as connection:
        if revision is None and connection.dialect.has_table(connection, COPY_MARK):
            raise UnfinishedCopy(
                "this register is an unfinished copy; run the same `gateway db copy` again to complete it"
            )
        if revision is None and connection.dialect.has_table(connection, UNFINISHED):
            raise UnfinishedCopy(
                "this register is only partly distributed; run `gateway db distribute` again to complete it"
            )
        found = present(connection)
        if is_later(found) or (found == wanted and _is_complete(connection)):
            return
    _migrate_in_stages(database, found, wanted, progress)
    _exclusively(database, partial(_migrate_to, wanted=wanted, with_indexes=revision is None))


def prepare(database: Database, by_hand: bool = False) -> None:
    """Bring the schema to this version's own; if an operator migrates `by_hand`, only check it.

    Raises what `upgrade` and `check` raise.
    """
    if by_hand:
        check(database)
    else:
        upgrade(database)


def check(database: Database) -> None:
    """Raise `SchemaTooOld` or `SchemaTooNew` unless this version may use the database as it is."""
    found = database.read_now(present)
    if found != head() and not is_later(found):
        has = f"has schema {found}" if found else "has no schema yet"
        raise SchemaTooOld(
            f"the register {has}, and this version needs {head()}; make a backup, then run `gateway db upgrade`"
        )


def is_later(revision: str | None) -> bool:
    """Return whether a revision that `present` returned is of a later version."""
    return revision is not None and revision > head()


def present(connection: Connection) -> str | None:
    """Return the revision of a database; None if it has no schema yet.

    It may be later than this version's own if this version may still use it. Raises `SchemaTooNew`.
    """
    schema = schema_of(connection)
    if schema.revision is None or (schema.revision in revisions() and schema.oldest <= head()):
        return schema.revision
    if is_later(schema.revision) and schema.is_usable_by(head()):
        return schema.revision
    raise SchemaTooNew(
        f"the database was migrated by a later version of this program (schema {max(schema.revision, schema.oldest)},"
        f" this one knows up to {head()}); run that version, or restore a backup from before"
    )


def check_is_own(connection: Connection) -> None:
    """Raise `SchemaTooNew` if the database has a later schema, even one that this version may use."""
    if is_later(found := present(connection)):
        raise SchemaTooNew(f"the register has schema {found} of a later version; run that version for this")


def _migrate_in_stages(database: Database, found: str | None, wanted: str, progress: Progress) -> None:
    """Migrate up to the last migration that is made of steps, if there are any steps to do."""
    from core.database.migrations import running  # imported late, like Alembic: most starts find no steps to do

    for revision in [each for each in pending(found, wanted) if has_steps(each)]:
        before = pending(None, revision)[-2]
        _exclusively(database, partial(_migrate_to, wanted=before, with_indexes=False))
        running.run(database, revision, progress, is_new=found is None)


def _is_complete(connection: Connection) -> bool:
    return trigram_index.has_indexes(connection) and bool(schema_of(connection).oldest)


def _exclusively(database: Database, unit: Callable[[Connection], None]) -> None:
    def attempt(connection: Connection) -> bool:
        if has_lock := try_lock_migrations(connection):
            unit(connection)
        return has_lock

    while not database.write_now(attempt):
        time.sleep(TURN_SECONDS)


def _migrate_to(connection: Connection, wanted: str, with_indexes: bool) -> None:
    found = present(connection)
    if found is None or found < wanted:
        try:
            _migrate(connection, wanted)
        except DBAPIError as error:
            if is_schema_error(error):
                raise UpgradeFailed(_upgrade_error(found, wanted, error)) from error
            raise
    if with_indexes:
        trigram_index.ensure(connection)
    if not is_later(found):
        _mark_if_missing(connection)


def _mark_if_missing(connection: Connection) -> None:
    schema = schema_of(connection)
    # An existing mark may already announce that a contraction is about to begin.
    if schema.revision is not None and not schema.oldest:
        mark(connection, schema.revision, oldest_user(schema.revision))


def try_lock_migrations(connection: Connection) -> bool:
    """Return whether this transaction may migrate until it ends, and lift its time limit.

    If not, the caller ends the transaction and tries again after `TURN_SECONDS`. It must not wait inside the
    transaction: an index that is made concurrently waits for every transaction that has read rows, so both would wait
    for each other.
    """
    if connection.dialect.name == "sqlite":
        return True  # the write lock makes starting processes take turns
    # A process that has waited must see what was migrated meanwhile, even if transactions are SERIALIZABLE by default.
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
    for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(select(func.set_config(limit, "0", True)))  # a migration may take long
    try:
        with connection.begin_nested():
            return bool(connection.execute(select(func.pg_try_advisory_xact_lock(_LOCK))).scalar_one())
    except DBAPIError as error:  # some databases that are compatible with PostgreSQL have no such locks
        _warn_of_no_locks(str(error.orig))
        return True


@cache
def _warn_of_no_locks(why: str) -> None:
    """Log a warning once, although it is true of every migration."""
    log.warning("this database has no advisory locks, so start only one gateway while it migrates: %s", why)


def _upgrade_error(found: str | None, wanted: str, error: DBAPIError) -> str:
    return (
        f"the register (schema {found or 'none'}) cannot be upgraded to schema {wanted} and was not changed: "
        f"{str(error.orig).splitlines()[0]}; its tables are not those of its schema, so restore a backup or "
        "use another database"
    )


def _migrate(connection: Connection, wanted: str) -> None:
    # Imported late: it takes a tenth of a second, and most starts find nothing to migrate.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, wanted)
