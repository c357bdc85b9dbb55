"""Copies a register: table by table in batches that are committed, then the sequences, compared at the end.

Rows are copied in the order of their keys, so the rows of the target show where to continue after an interruption. A
mark in the target keeps gateways from serving an incomplete register, and distinguishes an unfinished copy from any
other register. The source is read as one consistent snapshot; the comparison finds changes of the source between two
runs of one copy.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection, Table, inspect

from core.database import distributing
from core.database.database import Database
from core.database.migrations import COPY_MARK, check_is_own, head, present, upgrade
from core.database.postgresql import is_distributed
from core.documents import documents
from core.errors import RegisterError
from core.models import metadata
from core.operations.copying import loading, rows
from core.operations.copying.rows import Sum
from core.text.plural import counted

Progress = Callable[[str, str, int, int], None]
"""Called with `copying` or `comparing`, a table, the number of rows done, and their total."""


CopyBytes = Callable[[Mapping[str, int]], Collection[str]]
"""Copies the bytes of documents, given their sizes by key, and returns the keys without bytes."""
_MAX_SNAPSHOTS = 20


class CopyFailed(RegisterError):
    """The target is not a copy of the source; the text says why."""


def copy(
    source: Database, target: Database, progress: Progress, copy_bytes: CopyBytes = lambda _sizes: ()
) -> dict[str, Sum]:
    """Copy every row, resuming an earlier run, and return the number of rows and the checksum of each table.

    The target must be empty or an unfinished copy. `copy_bytes` copies the bytes of documents before the rows that name
    them. Raises `CopyFailed`, `SchemaTooNew` and `Unavailable`.
    """
    upgrade(source)
    source.read_now(check_is_own)  # from a later schema, only what this version knows would be copied
    _begin(target)
    with complete_snapshot(source, lambda reading: documents.all_keys(reading)[0], copy_bytes) as reading:
        # PostgreSQL shows the present values of sequences, not those of the snapshot. So they are read once, after it
        # has begun: then no row of the snapshot is beyond them, even while others write.
        last_ids = loading.last_ids(reading)
        with _loading(target) as writing:
            for table in _copied_tables():
                _copy_table(reading, writing, table, progress)
            with writing.begin():
                loading.set_last_ids(writing, last_ids)
                if is_distributed(writing):
                    distributing.fill_counters(writing)
        sums = _compared(reading, target, progress, last_ids)
    with target.writing() as connection:
        connection.exec_driver_sql(f"DROP TABLE {COPY_MARK}")
    upgrade(target)  # without the mark this creates the search indexes, which is faster over all rows at once
    return sums


@contextmanager
def complete_snapshot(
    source: Database, sizes: Callable[[Connection], Mapping[str, int]], copy_bytes: CopyBytes
) -> Iterator[Connection]:
    """Yield a snapshot of the source for which the bytes of all documents were copied, even if documents are removed.

    Bytes that were also missing for the snapshot before are lost, so the copy does not wait for them.
    """
    known: Collection[str] = ()
    for _ in range(_MAX_SNAPSHOTS):
        with source.snapshot() as reading:
            _check_has_snapshot(reading)
            missing = copy_bytes(sizes(reading))
            if set(missing) <= set(known):
                yield reading
                return
            known = missing
    raise CopyFailed(
        "documents are removed in the source faster than they can be copied; stop its gateways, or try again"
    )


def _check_has_snapshot(reading: Connection) -> None:
    """Raise `CopyFailed` if others may write to a source whose nodes share no snapshot."""
    if is_distributed(reading) and distributing.others(reading):
        raise CopyFailed("the nodes of a distributed source share no snapshot; stop its gateways first")


def _begin(target: Database) -> None:
    check_has_no_other_tables(target)
    upgrade(target, head())
    with target.writing() as connection:
        if connection.dialect.has_table(connection, COPY_MARK):
            return
        filled = [table.name for table in _copied_tables() if rows.last_key(connection, table) is not None]
        if filled:
            raise CopyFailed(f"the target already has rows in {', '.join(filled)}; use an empty database")
        connection.exec_driver_sql(f"CREATE TABLE {COPY_MARK} (unused INTEGER)")


def check_has_no_other_tables(target: Database) -> None:
    """Raise `CopyFailed` if the target contains something other than a register."""
    # On PostgreSQL extensions have tables of their own, so other tables prove nothing.
    with target.reading() as connection:
        if target.is_sqlite and present(connection) is None and (found := inspect(connection).get_table_names()):
            raise CopyFailed(f"the target has tables of another program, {found[0]} for example; use an empty database")


def _copied_tables() -> list[Table]:
    return [table for table in metadata.sorted_tables if table.info.get("is_copied", True)]


@contextmanager
def _loading(target: Database) -> Iterator[Connection]:
    with target.bulk_writing() as connection:
        loading.prepare(connection)
        yield connection
        with connection.begin():
            dangling = loading.dangling(connection)
    if dangling:
        raise CopyFailed(
            f"{counted(dangling, 'row')} without the row that they belong to; check the source with `gateway check`"
        )


def _copy_table(reading: Connection, writing: Connection, table: Table, progress: Progress) -> None:
    with writing.begin():
        after, done = rows.last_key(writing, table), rows.count(writing, table)
    total = rows.count(reading, table)
    progress("copying", table.name, done, total)
    for batch in rows.batches(reading, table, after):
        with writing.begin():
            loading.load(writing, table, batch)
        done += len(batch)
        progress("copying", table.name, done, total)


def _compared(reading: Connection, target: Database, progress: Progress, last_ids: dict[str, int]) -> dict[str, Sum]:
    found = {}
    with target.snapshot() as copied:
        for table in _copied_tables():
            found[table.name] = _same(reading, copied, table, progress)
        if loading.last_ids(copied) != last_ids:
            raise CopyFailed("the sequences of the target differ from those of the source")
    return found


def _same(reading: Connection, copied: Connection, table: Table, progress: Progress) -> Sum:
    done, total = 0, 2 * rows.count(reading, table)

    def step(more: int) -> None:
        nonlocal done
        done += more
        progress("comparing", table.name, done, total)

    original, copy = (rows.checksum(connection, table, step) for connection in (reading, copied))
    if original != copy:
        raise CopyFailed(
            f"table {table.name} differs: {counted(original.rows, 'row')} in the source, {copy.rows} in the target,"
            " or other values in them. One of the two was changed between two runs;"
            " stop its gateways, and copy again into an empty database"
        )
    return original
