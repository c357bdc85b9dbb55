"""Copies one company into a register that may have other companies.

All its rows are copied in one transaction: users of the target see all of the company or nothing, and an interrupted
run leaves nothing. The rows are compared in that transaction. Sequences are advanced first, so that a server of the
target gives out none of the ids that are being copied.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.exc import IntegrityError

from core.access import companies
from core.database import trigram_index
from core.database.database import Database
from core.database.migrations import upgrade
from core.documents import documents
from core.importing.sequences import advance_id_sequences
from core.operations.copying import collisions, loading, rows
from core.operations.copying.parts import WAITING, CompanyParts
from core.operations.copying.register import CopyFailed, Progress, check_has_no_other_tables, complete_snapshot
from core.operations.copying.rows import Part, Sum
from core.projections import counts
from core.text.plural import counted


class DocumentBytes(Protocol):
    """The way in which the bytes of documents get to the target."""

    def copy(self, sizes: Mapping[str, int]) -> Collection[str]:
        """Copy these objects, given their sizes by key. Return the keys without bytes."""
        ...

    def claim(self, connection: Connection) -> None:
        """Claim the bytes, in the transaction that stores the documents. Raises `Unavailable` if they were swept."""
        ...

    def discard(self) -> None:
        """Remove copied bytes that no document has claimed."""
        ...


@dataclass(frozen=True)
class CompanyCopied:
    """The result: rows and checksum of each table, and the number of rows waiting to be sent that were not copied."""

    sums: Mapping[str, Sum]
    left: Mapping[str, int]


def copy_company(
    source: Database, target: Database, name: str, progress: Progress, document_bytes: DocumentBytes, with_waiting: bool
) -> CompanyCopied:
    """Copy a company with all its ids into a register that may have others and may be in use; or nothing at all.

    Messages and mail that wait to be sent are copied only `with_waiting`. Raises `CopyFailed`, which says what
    collides, `NotFound` for the company, `SchemaTooNew`, `UnfinishedCopy` and `Unavailable`.
    """
    upgrade(source)
    check_has_no_other_tables(target)
    upgrade(target)
    parts = CompanyParts(source.read_now(lambda connection: companies.find(connection, name)), with_waiting)
    _prepare_target(source, target, parts)
    try:
        with complete_snapshot(
            source, lambda reading: documents.sizes_of(reading, parts.company_id), document_bytes.copy
        ) as reading:
            sums = _store(reading, target, parts, progress, document_bytes)
            return CompanyCopied(sums, _count_left(reading, parts))
    except IntegrityError as error:
        raise CopyFailed("the target has meanwhile used one of the company's ids; nothing was copied") from error
    finally:
        document_bytes.discard()


def _prepare_target(source: Database, target: Database, parts: CompanyParts) -> None:
    chosen = parts.all()
    with source.snapshot() as reading:
        with target.reading() as present:
            _check(reading, present, chosen)
        last_ids = collisions.last_ids(reading, chosen)
    if not target.is_sqlite:  # SQLite has one writer at a time, and advances its sequences by itself
        for name, last in last_ids.items():
            target.write_now(_sequence_advance(name, last))


def _sequence_advance(table: str, last: int) -> Callable[[Connection], None]:
    def unit(connection: Connection) -> None:
        # Nobody may be given an id between reading and advancing the sequence, which would set it back.
        connection.exec_driver_sql(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        advance_id_sequences(connection, {table: last})

    return unit


def _check(reading: Connection, present: Connection, parts: Mapping[Table, Part]) -> None:
    taken = collisions.find_collisions(reading, present, parts)
    if taken:
        raise CopyFailed(
            f"the target already has {'; '.join(taken)}. Nothing was copied: ids and secrets cannot be changed,"
            " because integrations store them"
        )


def _store(
    reading: Connection, target: Database, parts: CompanyParts, progress: Progress, document_bytes: DocumentBytes
) -> Mapping[str, Sum]:
    chosen = parts.all()
    with target.bulk_writing() as writing, writing.begin():
        _check(reading, writing, chosen)
        for table, part in chosen.items():
            _load(reading, writing, table, part, progress)
        counts.count_company(writing, parts.company_id)
        trigram_index.add_company(writing, parts.company_id)
        document_bytes.claim(writing)
        stored = {table: Part([parts.owned(table)]) for table in chosen}
        return {
            table.name: _same(reading, part, writing, stored[table], table, progress) for table, part in chosen.items()
        }


def _load(reading: Connection, writing: Connection, table: Table, part: Part, progress: Progress) -> None:
    done, total = 0, rows.count(reading, table, part)
    progress("copying", table.name, done, total)
    for batch in rows.batches(reading, table, part=part):
        loading.load(writing, table, batch)
        done += len(batch)
        progress("copying", table.name, done, total)


def _same(reading: Connection, part: Part, writing: Connection, stored: Part, table: Table, progress: Progress) -> Sum:
    original = rows.checksum(reading, table, lambda _more: None, part)
    copy = rows.checksum(writing, table, lambda _more: None, stored)
    progress("comparing", table.name, copy.rows, original.rows)
    if original != copy:
        raise CopyFailed(
            f"table {table.name} differs: {counted(original.rows, 'row')} in the source, {copy.rows} in the target, or"
            " other values in them; nothing was copied"
        )
    return original


def _count_left(reading: Connection, parts: CompanyParts) -> dict[str, int]:
    if parts.with_waiting:
        return {}
    return {
        table.name: int(reading.execute(select(func.count()).where(parts.owned(table), waits)).scalar_one())
        for table, waits in WAITING.items()
    }
