"""Registers on either database engine, behind one interface for the measurements."""

import sqlite3
import time
from abc import ABC, abstractmethod
from statistics import median

import psycopg

from tests.bench import registers
from tests.bench.data import COMPANY
from tests.bench.registers import Register
from tests.bench.traffic import Dialect

_OWN = {
    "api": ("display_name",),
    "v1": ("name", "number", "id_number", "custom_value1", "custom_value2", "custom_value3", "custom_value4"),
}
_OF_CONTACTS = {"api": (), "v1": ("first_name", "last_name", "email")}


class Engine(ABC):
    """A database engine. `prefix` begins the names of its ratios."""

    prefix: str
    like: str

    @abstractmethod
    def register(self, size: int) -> Register:
        """Return the register of that size, which must not be written to; it is created if necessary."""

    @abstractmethod
    def copy(self, size: int, name: str) -> Register:
        """Return a copy that may be written to; no process may have the register itself open."""

    @abstractmethod
    def fetched(self, register: Register, statements: list[str], seconds: float) -> tuple[float, int]:
        """Return how many seconds the statements take on a warm connection, and the first value of the first one.

        The time is the median of as many repetitions as fit into `seconds`.
        """

    @abstractmethod
    def size_of(self, register: Register) -> int:
        """Return how many bytes the register takes on the disk, with all indexes and derived data."""

    def scan(self, register: Register, dialect: Dialect, text: str, seconds: float) -> tuple[float, int]:
        """Return the seconds of a plain scan for a search's first page and exact total, and the total.

        It is repeated for `seconds`, like a run of the search that it is compared with.
        """
        tests = [f"{column} {self.like} '%{text}%'" for column in _OWN[dialect.name]]
        if _OF_CONTACTS[dialect.name]:
            of_contacts = " OR ".join(f"{column} {self.like} '%{text}%'" for column in _OF_CONTACTS[dialect.name])
            mine = "contacts.company_id = clients.company_id AND contacts.client_id = clients.id"
            tests.append(f"EXISTS (SELECT 1 FROM contacts WHERE {mine} AND ({of_contacts}))")
        found = f"FROM clients WHERE company_id = {COMPANY} AND deleted_at = 0 AND ({' OR '.join(tests)})"
        direction = "DESC" if dialect.name == "api" else "ASC"
        page = f"SELECT * {found} ORDER BY id {direction} LIMIT 25"
        return self.fetched(register, [f"SELECT count(*) {found}", page], seconds)


class Sqlite(Engine):
    """SQLite, in this process."""

    prefix = ""
    like = "LIKE"

    def register(self, size: int) -> Register:
        return registers.sqlite(size)

    def copy(self, size: int, name: str) -> Register:
        return registers.sqlite_copy(self.register(size), name)

    def fetched(self, register: Register, statements: list[str], seconds: float) -> tuple[float, int]:
        connection = sqlite3.connect(register.file)
        connection.execute("PRAGMA cache_size=-65536")
        try:
            return _timed(connection, statements, seconds)
        finally:
            connection.close()

    def size_of(self, register: Register) -> int:
        return register.file.stat().st_size


class Postgresql(Engine):
    """PostgreSQL at a URL."""

    prefix = "pg_"
    like = "ILIKE"

    def __init__(self, url: str) -> None:
        self.url = url

    def register(self, size: int) -> Register:
        return registers.postgresql(self.url, size)

    def copy(self, size: int, name: str) -> Register:
        return registers.postgresql_copy(self.url, self.register(size), name)

    def fetched(self, register: Register, statements: list[str], seconds: float) -> tuple[float, int]:
        with psycopg.connect(register.url) as connection:
            return _timed(connection, statements, seconds)

    def size_of(self, register: Register) -> int:
        with psycopg.connect(register.url) as connection:
            found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(found[0]) if found else 0


def _timed(
    connection: sqlite3.Connection | psycopg.Connection, statements: list[str], seconds: float
) -> tuple[float, int]:
    taken: list[float] = []
    while len(taken) < 2 or sum(taken[1:]) < seconds:  # the first time warms up
        started = time.perf_counter()
        found = [connection.execute(statement).fetchall() for statement in statements]
        taken.append(time.perf_counter() - started)
    return median(taken[1:]), int(found[0][0][0])
