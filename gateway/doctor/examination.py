"""Runs all checks, one after the other. A failing check does not stop the others."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import closing

from obstore.exceptions import BaseError
from sqlalchemy.exc import SQLAlchemyError

from core.database.database import Database
from core.database.migrations import head, present
from core.database.unreachable import why_not_connected
from core.documents.storage import DocumentStorage
from core.errors import RegisterError
from gateway.doctor import backups, distribution, environment, mail, register, retention, storage
from gateway.doctor.finding import Finding, State, failure
from gateway.settings import Settings

_MAX_SECONDS = 5.0


def examine(settings: Settings, workers: int) -> Iterator[Finding]:
    """Yield findings for everything that a server with these settings and so many workers needs."""
    yield from environment.names(os.environ)
    yield environment.public_url(settings.public_url)
    yield environment.proxies(settings.public_url, settings.trusted_proxies)
    yield environment.hash_salt(settings.hash_salt)
    yield from _databases(settings, workers)
    yield from asyncio.run(_storage(settings.storage_url))
    yield asyncio.run(mail.examine(settings.smtp_url, settings.mail_from))


def _databases(settings: Settings, workers: int) -> Iterator[Finding]:
    try:
        if missing := register.missing_file(settings.database_url):
            yield missing
            yield from environment.workers(workers, 0, None)
            return
        with closing(
            Database(settings.database_url, wait_seconds=min(settings.database_wait_seconds, _MAX_SECONDS))
        ) as database:
            findings = database.read_now(lambda connection: list(distribution.examine(connection)))
            yield from findings
            if any(each.state is State.FAILURE for each in findings):
                return  # nothing else can be checked
            yield from register.examine(database, by_hand=settings.migrate == "never")
            if database.read_now(present) == head():
                yield from database.read_now(lambda connection: list(retention.examine(connection, settings)))
            if database.is_sqlite:
                yield from backups.examine(database.file, settings)
            yield from environment.workers(workers, database.max_connections, register.connections(database))
        if settings.database_replica_url:
            yield register.replica(settings.database_replica_url)
    except (RegisterError, SQLAlchemyError, ValueError, ImportError, OSError) as error:
        problem = why_not_connected(error) or str(error.__cause__ or error).splitlines()[0].rstrip(".")
        yield failure(
            "database",
            f"The database does not answer: {problem}.",
            "Check GATEWAY_DATABASE_URL, and whether the database is running.",
        )


async def _storage(url: str) -> list[Finding]:
    try:
        opened = DocumentStorage(url)
    except (OSError, ValueError, BaseError) as error:
        return [failure("storage", f"{str(error).splitlines()[0]}", "Check GATEWAY_STORAGE_URL.")]
    return [finding async for finding in storage.examine(url, opened)]
