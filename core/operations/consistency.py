"""Consistency checks of the database, and of the rows of documents against their bytes.

They can run under load: an apparent error is checked again, because a document may have been added or removed between
reading the storage and reading the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.clients import contacts
from core.database.database import Database
from core.documents import documents
from core.documents.storage import DocumentStorage
from core.events import activities
from core.projections import counts, search
from core.text.plural import counted


@dataclass(frozen=True)
class Report:
    """The result: how many documents were compared, how many files wait for a sweep, and the problems as sentences."""

    documents: int
    waiting: int
    problems: tuple[str, ...]


async def check(database: Database, storage: DocumentStorage) -> Report:
    """Run all checks. Raises `Unavailable`."""
    unfinished = await storage.unfinished_files()
    stored = {key: size async for key, size in storage.files()}
    sizes, recorded = await database.read(documents.all_keys)
    problems = await database.read(_database_problems)
    problems += await _wrong_bytes(database, storage, [key for key in sizes if stored.get(key) != sizes[key]])
    problems += await _bytes_without_document(
        database, storage, [key for key in stored if key not in sizes and key not in recorded]
    )
    left = {name for name, key in unfinished.items() if key not in recorded}
    problems += [
        f"{name} was left by an interrupted upload."
        for name in sorted(left & (await storage.unfinished_files()).keys())
    ]
    return Report(len(sizes), len(recorded), tuple(problems))


def _database_problems(connection: Connection) -> list[str]:
    wrong = [
        f"The counts of company {company_id} are wrong for its clients from id {first} on."
        for company_id, first in counts.blocks_with_wrong_counts(connection)
    ]
    if count_unindexed := search.count_unindexed(connection):
        wrong.append(f"{counted(count_unindexed, 'client')} cannot be found by a search.")
    if unlike := contacts.count_wrongly_hidden(connection):
        wrong.append(f"{counted(unlike, 'contact')} with a visibility other than the client's.")
    if left := activities.count_orphans(connection):
        wrong.append(f"{counted(left, 'activity')} of clients that do not exist.")
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
        wrong += [f"The database is damaged: {each}." for each in found if each != "ok"]
        dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        wrong += [f"Row {each[1]} of {each[0]} belongs to a row of {each[2]} that does not exist." for each in dangling]
    return wrong


async def _wrong_bytes(database: Database, storage: DocumentStorage, keys: Sequence[str]) -> list[str]:
    found = {key: await storage.size(key) for key in keys}
    sizes = (await database.read(documents.all_keys))[0] if keys else {}
    return [
        f"Document {key} has {sizes[key]} bytes, but {found[key] or 'none'} are stored."
        for key in keys
        if key in sizes and sizes[key] != found[key]
    ]


async def _bytes_without_document(database: Database, storage: DocumentStorage, keys: Sequence[str]) -> list[str]:
    sizes, recorded = await database.read(documents.all_keys) if keys else ({}, set())
    return [
        f"{key} belongs to no document."
        for key in keys
        if key not in sizes and key not in recorded and await storage.size(key) is not None
    ]
