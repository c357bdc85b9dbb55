"""A source taken into the register page by page, the next page being read while one is stored."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from core.database.database import Database
from core.documents.documents import note_uploads
from core.documents.storage import DocumentStorage
from core.documents.uploads import store_under
from core.importing import upserting
from core.importing.incoming import Incoming, Outcome
from core.importing.sequences import count_numbers_on
from gateway.migration.remote import TooLarge
from gateway.migration.report import Report
from gateway.migration.source import Page, Preface, Source

Progress = Callable[[int, int | None, int], None]
"""Called with how many of how many clients are done, and the page that this was."""

Preview = Callable[[Connection, Sequence[Outcome]], Sequence[dict[str, Any]]]

_PRETENDED = "pretended/"


class _TakenBack(Exception):
    """A dry run's page: what would have become of it."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


@dataclass(frozen=True)
class Target:
    """Where clients go: a company of a register. `largest_document` is in bytes.

    `preview` is what a dry run shows of the first page's clients, while they are as they would be.
    """

    database: Database
    storage: DocumentStorage
    company_id: int
    largest_document: int
    preview: Preview | None = None


async def bring(source: Source, target: Target, progress: Progress, first: int = 1, dry_run: bool = False) -> Report:
    """Take every client of a source, or find out what would become of them.

    Each page is committed by itself, so that a run that was ended, by whatever it may be, has done what it has done;
    the next one finds it unchanged and goes on. Raises `SourceFailed` and `Unavailable`.
    """
    report = Report(source.keys, dry_run)
    preface = await source.preface()
    report.remarks += preface.remarks
    report.left_out += preface.left_out
    done = 0
    async for page in _ahead(source.pages(first)):
        known = [parsed.client for parsed in page.clients if parsed.client is not None]
        await _bring_documents(source, target, known, report)
        outcomes = iter(await _store(target, known, preface, dry_run, report))
        for parsed in page.clients:
            if parsed.client is None:
                report.refuse(parsed)
            else:
                report.add(next(outcomes), parsed.field_errors, parsed.row)
        done += len(page.clients)
        progress(done, page.total, page.number)
    return report


async def _ahead(pages: AsyncIterator[Page]) -> AsyncIterator[Page]:
    """The same pages, one read ahead."""

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


async def _store(
    target: Target, page: Sequence[Incoming], preface: Preface, dry_run: bool, report: Report
) -> list[Outcome]:
    def unit(connection: Connection) -> list[Outcome]:
        if dry_run:
            _pretend_uploads(connection, page)
        outcomes = upserting.upsert(connection, target.company_id, page, preface.categories)
        if preface.next_number:
            count_numbers_on(connection, target.company_id, [f"{preface.next_number - 1:04d}"])
        if dry_run:
            if target.preview is not None and not report.preview:
                report.preview = target.preview(connection, outcomes)
            raise _TakenBack(outcomes)
        return outcomes

    try:
        return await target.database.write(unit)
    except _TakenBack as taken_back:
        return taken_back.outcomes
    except IntegrityError:
        # Somebody stored something under an id or a number of this page meanwhile: a second look sees it.
        return await target.database.write(unit)


def _pretend_uploads(connection: Connection, page: Sequence[Incoming]) -> None:
    keys = [key for parsed in page for each in parsed.documents or () if (key := each.get("object_key"))]
    if keys:
        note_uploads(connection, keys)


async def _bring_documents(source: Source, target: Target, page: Sequence[Incoming], report: Report) -> None:
    if not any(parsed.documents for parsed in page):
        return
    unit = partial(upserting.documents_to_fetch, company_id=target.company_id, page=page)
    for document in await target.database.read(unit):
        if report.dry_run:
            report.documents += 1
            report.document_bytes += document.get("size", 0)
            document["object_key"] = f"{_PRETENDED}{document['id']}"
        else:
            await _bring_document(source, target, document, report)


async def _bring_document(source: Source, target: Target, document: dict[str, Any], report: Report) -> None:
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
