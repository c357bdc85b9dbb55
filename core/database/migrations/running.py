"""Running a migration that is made of steps while gateways serve, or undoing one."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, text

from core.database import migrations
from core.database.database import Database
from core.database.migrations import files
from core.database.migrations.compatibility import LOOK_SECONDS, mark, schema_of
from core.database.migrations.progress import Progress, silent
from core.database.migrations.stepping import Stepping
from core.database.migrations.steps import Step
from core.errors import NotReversible

_SET = text("UPDATE alembic_version SET version_num = :revision")


def run(database: Database, revision: str, progress: Progress = silent, is_new: bool = False) -> None:
    """Run the remaining steps.

    If the register `is_new`, no other program uses it. A later run resumes an interrupted one.
    """
    with _turn(database):
        if (database.read_now(migrations.present) or "") >= revision:
            return
        if not (is_new or files.expands(revision)):
            _announce(database, revision)
        for step in files.load(revision).steps:
            if not database.read_now(step.is_done):
                _do(step.about, step.run, database, progress, step.is_done)
        _finish(database, revision, only_forward=True)


def revision_to_undo(connection: Connection) -> str:
    """Return the last migration if it can be undone.

    Raises `NotReversible`, and `SchemaTooNew` if it is a later version's.
    """
    migrations.check_is_own(connection)
    found = migrations.present(connection)
    if found is None or not files.has_steps(found):
        raise NotReversible(f"schema {found or 'none'} has no way back; restore a backup from before the upgrade")
    return found


def lost(connection: Connection) -> list[str]:
    """Return descriptions of the data that undoing it would lose."""
    steps: Sequence[Step] = files.load(revision_to_undo(connection)).steps
    counted = [(step.lost(connection) if step.is_done(connection) else 0, step) for step in steps]
    return [f'the values of {count:,} rows from "{step.about}"' for count, step in counted if count]


def run_back(database: Database, revision: str, progress: Progress = silent) -> str:
    """Undo all steps of a migration, and return the revision that the register has then."""
    before = files.pending(None, revision)[-2]
    with _turn(database):
        if files.expands(revision):  # the version before can use the result, this version cannot
            _finish(database, before)
            time.sleep(2 * LOOK_SECONDS)
        _undo(database, revision, progress)
        _finish(database, before)
    return before


def _undo(database: Database, revision: str, progress: Progress) -> None:
    steps: Sequence[Step] = files.load(revision).steps
    for step in reversed(steps):
        _do(f"undo: {step.about}", step.undo, database, progress)


def _do(
    about: str,
    act: Callable[[Stepping], None],
    database: Database,
    progress: Progress,
    is_done: Callable[[Connection], bool] | None = None,
) -> None:
    progress(about, 0, 1)
    act(Stepping(database, progress, about, is_done))
    progress(about, 1, 1)


def _announce(database: Database, revision: str) -> None:
    """Make running programs of the version before refuse requests before anything that they use is removed."""
    with database.reading() as connection:
        schema = schema_of(connection)
    if schema.oldest != revision:
        database.write_now(lambda connection: mark(connection, str(schema.revision), revision))
        time.sleep(2 * LOOK_SECONDS)


def _finish(database: Database, revision: str, only_forward: bool = False) -> None:
    def unit(connection: Connection) -> None:
        if only_forward and (migrations.present(connection) or "") >= revision:
            return  # on SQLite another process may have done more already
        connection.execute(_SET, {"revision": revision})
        mark(connection, revision, files.oldest_user(revision))

    database.write_now(unit)


@contextmanager
def _turn(database: Database) -> Iterator[None]:
    """Run the block in one process at a time.

    On SQLite several processes may run the same steps: each checks again before it writes.
    """
    if database.is_sqlite:
        yield
        return
    while True:
        with database.writing() as connection:
            if migrations.try_lock_migrations(connection):
                yield
                return
        time.sleep(migrations.TURN_SECONDS)
