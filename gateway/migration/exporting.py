"""Exports a company's clients as a stream of bytes, as of one moment."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from filecmp import cmp
from pathlib import Path

import orjson
from sqlalchemy import Connection

from core.access import companies, counters
from core.clients import categories, notes, record_pages
from core.documents.storage import DocumentStorage
from core.files import flush_to_disk, rename_without_overwriting, temporary_file
from core.operations.outputs import NotWritten
from core.query import ANY, Search, Sort, State, StoredRecord
from gateway.migration import native, sheet
from gateway.migration.spreadsheets import workbook
from schemas.fields import FieldMap

_PAGE = 500

Write = Callable[[Connection, int], Iterator[bytes]]
"""A writer: yields the bytes of a company's clients."""


def stored_clients(connection: Connection, company_id: int, states: frozenset[State] = ANY) -> Iterator[StoredRecord]:
    """Yield a company's clients in the order of their ids, read a few hundred at a time."""
    page = 1
    while True:
        found = record_pages.page(connection, company_id, Search(states=states, sort=Sort("id"), page=page, size=_PAGE))
        yield from found.records
        if page >= found.last_page:
            return
        page += 1


def as_shown(fields: FieldMap, states: frozenset[State] = ANY) -> Write:
    """Return the writer of clients as a dialect shows them: JSON, one per line."""

    def write(connection: Connection, company_id: int) -> Iterator[bytes]:
        for stored in stored_clients(connection, company_id, states):
            yield fields.render_json(stored.record).encode() + b"\n"

    return write


def as_native(secrets: bool) -> Write:
    """Return the writer of the register's own complete format."""
    fields = native.client_fields(secrets)

    def write(connection: Connection, company_id: int) -> Iterator[bytes]:
        yield orjson.dumps(_head(connection, company_id)) + b"\n"
        for portion in native.chunked(stored_clients(connection, company_id), _PAGE):
            notes_by_client = notes.of_clients(connection, company_id, [each.record["id"] for each in portion])
            for stored in portion:
                record = stored.record | {"notes": notes_by_client[stored.record["id"]]}
                yield fields.render_json(record).encode() + b"\n"

    return write


def as_sheet(connection: Connection, company_id: int) -> Iterator[bytes]:
    """Yield CSV, with the columns' names first."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in _rows(connection, company_id, is_csv=True):
        writer.writerow(row)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()


def as_workbook(connection: Connection, company_id: int) -> Iterator[bytes]:
    """Yield XLSX, with the columns' names first."""
    numbers = frozenset(index for index, name in enumerate(sheet.COLUMNS) if name in sheet.NUMBERS)
    return workbook.written(_rows(connection, company_id, is_csv=False), numbers)


def _rows(connection: Connection, company_id: int, is_csv: bool) -> Iterator[Sequence[str]]:
    yield sheet.COLUMNS
    for stored in stored_clients(connection, company_id):
        yield sheet.cells(stored.record, is_csv)


async def save_documents(storage: DocumentStorage, names: dict[str, str], folder: Path) -> list[str]:
    """Save documents' bytes in a folder under their names, given by key. Return the keys without bytes.

    An existing file with the same bytes is left alone. Raises `NotWritten` if it is anything else, for example a
    symbolic link.
    """
    missing = []
    for key, name in names.items():
        chunks = await storage.find(key)
        if chunks is None:
            missing.append(key)
            continue
        await _save(chunks, folder / name)
    return missing


async def _save(chunks: AsyncIterator[bytes], target: Path) -> None:
    with temporary_file(target.parent) as (part, file):
        async for chunk in chunks:
            file.write(chunk)
        flush_to_disk(file)
        _name(part, target)


def _name(written: Path, target: Path) -> None:
    try:
        rename_without_overwriting(written, target)
    except FileExistsError:
        if target.is_symlink() or not target.is_file() or not cmp(written, target, shallow=False):
            raise NotWritten(f"{target} exists and is not that document; it was not changed") from None


def _head(connection: Connection, company_id: int) -> dict[str, object]:
    company = companies.get(connection, company_id)
    shown = [native.CATEGORY_FIELDS.render(each) for each in categories.list_all(connection, company_id)]
    head = {name: company[name] for name in ("name", "currency_id")}
    following = counters.next_number(connection, company_id)
    return {"gateway_clients": native.FORMAT, **head, "next_number": following, "categories": shown}
