"""The register as EXPERT reads and writes it, in either engine."""

import asyncio
import re
import secrets
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.bench.expert import statements
from tests.bench.expert.engines import PostgresqlSql, Sql, SqliteSql
from tests.bench.expert.statements import Reads

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000", "cache_size=-65536")
_POOL = 16  # connections, as many as the load has


class Refused(Exception):
    """The status with which a request is refused."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class NewClient:
    """A client to create, with its one contact. If `is_unique` is false, its email may be taken."""

    name: str
    phone: str
    city: str
    country_id: int
    country: str
    contact: tuple[str, str, str]
    tags: Sequence[str]
    is_unique: bool


class Store(ABC):
    """A database. JSON is text, as the database made it."""

    sql: Sql

    @abstractmethod
    async def one(self, reads: Reads, digest: str, client: int) -> str:
        """Return a client. Raises `Refused`: 401 for an unknown key, 404 for an unknown client."""

    @abstractmethod
    async def page(self, reads: Reads, digest: str, size: int, number: int) -> tuple[int, list[str]]:
        """Return the exact total and the clients of a page. Raises `Refused` with 401."""

    @abstractmethod
    async def create(self, reads: Reads, digest: str, new: NewClient) -> str:
        """Create a client durably, and return it. Raises `Refused`: 401, or 422 for an email that is taken."""


class Sqlite(Store):
    """sqlite3: reads on the event loop, which are faster than a switch to a thread; commits in one thread."""

    sql = SqliteSql()

    def __init__(self, file: str) -> None:
        self._reading, self._writing = _connected(file), _connected(file)
        self._writer = ThreadPoolExecutor(1)

    async def one(self, reads: Reads, digest: str, client: int) -> str:
        return _only(self._reading.execute(reads.one, (digest, client)).fetchone())

    async def page(self, reads: Reads, digest: str, size: int, number: int) -> tuple[int, list[str]]:
        total = _only(self._reading.execute(reads.total, (digest,)).fetchone())
        found = self._reading.execute(reads.page, (digest, size, (number - 1) * size))
        return total, [row[0] for row in found]

    async def create(self, reads: Reads, digest: str, new: NewClient) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._create, reads, digest, new)

    def _create(self, reads: Reads, digest: str, new: NewClient) -> str:
        run = self._writing.execute
        run("BEGIN IMMEDIATE")
        try:
            made = self._made(digest, new)
            shown = _only(run(reads.one, (digest, made)).fetchone())
            run("COMMIT")
        except BaseException:
            run("ROLLBACK")
            raise
        return shown

    def _made(self, digest: str, new: NewClient) -> int:
        run = self._writing.execute
        company, user = _allowed(run(statements.EMAIL, (digest, new.contact[2].lower())).fetchone(), new)
        number = run(statements.NUMBER, (company,)).fetchone()[0]
        insert = statements.CLIENT.format(number="?10", numbered="")
        made: int = run(insert, (*_client(company, user, new), f"{number:04d}")).fetchone()[0]
        at = time.time_ns() // 1000
        first, last, email = new.contact
        person = (company, made, first, last, email, email.lower(), True, _random(), at, at)
        run(statements.CONTACT.format(values=f"VALUES ({', '.join('?' * len(person))})"), person)
        rows = [(company, made, position, title) for position, title in enumerate(new.tags)]
        self._writing.executemany(statements.TAG.format(values="VALUES (?, ?, ?, ?)"), rows)
        return made


class Postgresql(Store):
    """asyncpg: each read is one statement, and so is the creation of a client with its children."""

    sql = PostgresqlSql()

    def __init__(self, url: str) -> None:
        self._url = re.sub(r"\+\w+(?=:)", "", url)
        self._made: asyncio.Future[asyncpg.Pool[Any]] | None = None

    async def one(self, reads: Reads, digest: str, client: int) -> str:
        return _only(await (await self._pool()).fetchrow(_numbered(reads.one), digest, client))

    async def page(self, reads: Reads, digest: str, size: int, number: int) -> tuple[int, list[str]]:
        pool = await self._pool()
        async with pool.acquire() as connection:
            total = _only(await connection.fetchrow(_numbered(reads.total), digest))
            found = await connection.fetch(_numbered(reads.page), digest, size, (number - 1) * size)
        return total, [row[0] for row in found]

    async def create(self, reads: Reads, digest: str, new: NewClient) -> str:
        pool = await self._pool()
        async with pool.acquire() as connection:
            email = new.contact[2]
            company, user = _allowed(await connection.fetchrow(_numbered(statements.EMAIL), digest, email.lower()), new)
            values = (*_client(company, user, new), *new.contact, email.lower(), _random(), list(new.tags))
            made = await connection.fetchval(_numbered(_WHOLE), *values)
            return _only(await connection.fetchrow(_numbered(reads.one), digest, made))

    async def _pool(self) -> "asyncpg.Pool[Any]":
        if self._made is None:
            self._made = asyncio.ensure_future(asyncpg.create_pool(self._url, min_size=_POOL, max_size=_POOL))
        return await asyncio.shield(self._made)


_MADE = statements.CLIENT.format(
    number="lpad(number::text, greatest(4, length(number::text)), '0')", numbered=", numbered"
)
_PERSON = statements.CONTACT.format(values="SELECT ?1, id, ?10, ?11, ?12, ?13, TRUE, ?14, ?9, ?9 FROM made")
_TITLES = "unnest(?15::text[]) WITH ORDINALITY AS t(title, position)"
_TAGGED = statements.TAG.format(values=f"SELECT ?1, id, t.position - 1, t.title FROM made, {_TITLES}")
_WHOLE = f"""
    WITH numbered AS ({statements.NUMBER} AS number), made AS ({_MADE}), person AS ({_PERSON}), tagged AS ({_TAGGED})
    SELECT id FROM made
"""


def _numbered(statement: str) -> str:
    """Return the statement with `$1` for `?1`."""
    return _NUMBERED.setdefault(statement, statement.replace("?", "$"))


_NUMBERED: dict[str, str] = {}


def _connected(file: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, cached_statements=64)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _only(row: Sequence[Any] | None) -> Any:
    if row is None:
        raise Refused(401)
    if row[0] is None:
        raise Refused(404)
    return row[0]


def _allowed(row: Sequence[Any] | None, new: NewClient) -> tuple[int, int]:
    if row is None:
        raise Refused(401)
    if new.is_unique and row[2]:
        raise Refused(422)
    return row[0], row[1]


def _client(company: int, user: int, new: NewClient) -> tuple[Any, ...]:
    at = time.time_ns() // 1000
    return company, user, new.name, new.phone, new.city, new.country_id, new.country, _random(), at


def _random() -> str:
    return secrets.token_hex(20)
