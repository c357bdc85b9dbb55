"""Imports a source page by page; the next page is read while one is stored."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection

from core.database.database import Database
from core.database.deferred import flush
from core.database.outages import is_row_conflict
from core.documents.documents import reserve_uploads
from core.documents.storage import DocumentStorage
from core.documents.uploads import store_under
from core.importing import company_data, upserting
from core.importing.incoming import FieldError, Incoming, Outcome
from core.importing.sequences import continue_numbers, set_next_number
from core.text.numbering import NumbersSeen
from gateway.migration.remote import TooLarge
from gateway.migration.report import Report
from gateway.migration.source import Page, ParsedClient, Preface, Source

Progress = Callable[[int, int | None, int], None]
"""Called with the number of clients done, their total, and the number of the page."""

Preview = Callable[[Connection, Sequence[Outcome]], Sequence[dict[str, Any]]]

T = TypeVar("T")
_PRETENDED_KEYS = "pretended/"


class _RolledBack(Exception):
    """Ends the transaction of a dry run; `answer` is what its unit returned."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True)
class Target:
    """The target of an import: a company of a register.

    `largest_document` is in bytes. `preview` shows the clients of the first page of a dry run as they would be.
    """

    database: Database
    storage: DocumentStorage
    company_id: int
    largest_document: int
    preview: Preview | None = None


async def import_clients(
    source: Source, target: Target, progress: Progress, first: int = 1, dry_run: bool = False
) -> Report:
    """Import every client of a source, or find out what an import would do.

    Each page is committed separately, so an interrupted import keeps its progress; the next one finds those clients
    unchanged and continues. Raises `SourceFailed` and `Unavailable`.
    """
    report = Report(source.keys, dry_run)
    preface = await source.preface()
    report.remarks += preface.remarks
    report.left_out += preface.left_out
    report.shortfalls += preface.shortfalls
    await _import_company_data(target, preface, report)
    taken: set[int] = set()
    numbers = NumbersSeen()
    done = 0
    async for page in _read_ahead(source.pages(first)):
        for clients in _each_once(page.clients):
            await _import_page(source, target, preface, clients, report, taken)
            _note_numbers(numbers, clients)  # after storing, which restores leading zeros
        report.remarks += page.remarks
        report.shortfalls += page.shortfalls
        done += len(page.clients)
        progress(done, page.total, page.number)
    if not dry_run:
        await target.database.write(
            partial(_continue_numbers, company_id=target.company_id, numbers=numbers, preface=preface)
        )
    return report


def _note_numbers(numbers: NumbersSeen, clients: Sequence[ParsedClient]) -> None:
    for parsed in clients:
        if parsed.client is not None and isinstance(number := parsed.client.values.get("number"), str):
            numbers.add(parsed.client.id or 0, number)


def _continue_numbers(connection: Connection, company_id: int, numbers: NumbersSeen, preface: Preface) -> None:
    """Continue the source's number sequence."""
    continue_numbers(connection, company_id, numbers)
    set_next_number(connection, company_id, preface.next_number)


def _each_once(page: Sequence[ParsedClient]) -> Iterator[list[ParsedClient]]:
    """Yield the clients of a page in chunks without duplicates: a later version is stored after an earlier one."""
    chunk: list[ParsedClient] = []
    ids: set[int] = set()
    for parsed in page:
        client_id = parsed.client.id if parsed.client else None
        if client_id in ids:
            yield chunk
            chunk, ids = [], set()
        chunk.append(parsed)
        ids |= {client_id} if client_id is not None else set()
    if chunk:
        yield chunk


async def _import_page(
    source: Source, target: Target, preface: Preface, clients: Sequence[ParsedClient], report: Report, taken: set[int]
) -> None:
    known = [parsed.client for parsed in clients if parsed.client is not None]
    await _import_documents(source, target, known, report)
    outcomes = iter(await _store(target, known, preface, report))
    for parsed in clients:
        if parsed.client is None:
            report.refuse(parsed)
            continue
        outcome = next(outcomes)
        add = report.add_again if outcome.id in taken else report.add
        add(outcome, parsed.field_errors, parsed.row)
        if preface.is_live and outcome.id is not None and outcome.what != "refused":
            if outcome.id not in taken:
                report.count_children(parsed.client)
            taken.add(outcome.id)


async def _import_company_data(target: Target, preface: Preface, report: Report) -> None:
    """Import what belongs to the company and to no client: categories, custom fields, contact-type users."""
    field_errors = await _run_unit(target, partial(_store_company_data, target.company_id, preface), report.dry_run)
    for client_id, field_error in [*preface.field_errors, *field_errors]:
        report.add_field_error(client_id, field_error)
    if not preface.is_live:
        return  # the user can count the clients of a file
    report.brought["category"] += len(preface.categories)
    report.brought["custom field"] += len(preface.custom_fields)
    report.brought["contact-type user"] += len(preface.contact_users)


def _store_company_data(
    company_id: int, preface: Preface, connection: Connection
) -> list[tuple[int | None, FieldError]]:
    upserting.upsert(connection, company_id, (), preface.categories)
    company_data.define_custom_fields(connection, company_id, preface.custom_fields)
    refused = company_data.import_contact_users(connection, company_id, preface.contact_users)
    return [(None, field_error) for field_error in refused]


async def _read_ahead(pages: AsyncIterator[Page]) -> AsyncIterator[Page]:
    """Yield the same pages, reading one ahead."""

    async def following() -> Page | None:
        return await anext(pages, None)

    reading = asyncio.create_task(following())
    try:
        while (page := await reading) is not None:
            reading = asyncio.create_task(following())
            yield page
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await reading


async def _store(target: Target, page: Sequence[Incoming], preface: Preface, report: Report) -> list[Outcome]:
    def unit(connection: Connection) -> list[Outcome]:
        if report.dry_run:
            _pretend_uploads(connection, page)
        outcomes = upserting.upsert(connection, target.company_id, page, preface.categories)
        if preface.next_number:
            set_next_number(connection, target.company_id, preface.next_number)
        if report.dry_run and target.preview is not None and not report.preview:
            report.preview = target.preview(connection, outcomes)
        return outcomes

    try:
        return await _run_unit(target, unit, report.dry_run)
    except Exception as error:
        if not is_row_conflict(error):
            raise
        # Another writer used an id or a number of this page meanwhile: a second attempt sees it.
        return await _run_unit(target, unit, report.dry_run)


async def _run_unit(target: Target, unit: Callable[[Connection], T], dry_run: bool) -> T:
    """Return what a unit returns, with its changes kept unless this is a dry run."""

    def rolled_back(connection: Connection) -> T:
        answer = unit(connection)
        flush(connection)
        raise _RolledBack(answer)

    try:
        return await target.database.write(rolled_back if dry_run else unit)
    except _RolledBack as dry:
        return dry.answer  # type: ignore[no-any-return]


def _pretend_uploads(connection: Connection, page: Sequence[Incoming]) -> None:
    keys = [key for parsed in page for each in parsed.documents or () if (key := each.get("object_key"))]
    if keys:
        reserve_uploads(connection, keys)


async def _import_documents(source: Source, target: Target, page: Sequence[Incoming], report: Report) -> None:
    if not any(parsed.documents for parsed in page):
        return
    unit = partial(upserting.documents_to_fetch, company_id=target.company_id, page=page)
    for document in await target.database.read(unit):
        if report.dry_run:
            report.documents += 1
            report.document_bytes += document.get("size", 0)
            document["object_key"] = f"{_PRETENDED_KEYS}{document['id']}"
        else:
            await _import_document(source, target, document, report)


async def _import_document(source: Source, target: Target, document: dict[str, Any], report: Report) -> None:
    with tempfile.TemporaryFile() as file:
        try:
            if not await source.fetch(document["id"], file, target.largest_document):
                return
        except TooLarge:
            report.remarks.append(f"Document {document['id']} is larger than {target.largest_document} bytes.")
            return
        wanted, name = document.get("hash", ""), document.get("name", "")
        stored = await store_under(target.database, target.storage, target.company_id, wanted, name, file)
    if stored.size != document.get("size", stored.size):
        report.remarks.append(f"Document {document['id']} has {stored.size} bytes; the source says {document['size']}.")
    document.update(object_key=stored.object_key, size=stored.size)
    report.documents += 1
    report.document_bytes += stored.size
