"""The database engine of a process, and the one place that decides where database work runs.

A *unit* is a plain function of a connection. It runs whole inside one transaction and may run again, when the database
demands a retry or a unit that shares the commit has failed. So it must have no effect outside that transaction.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cached_property
from itertools import count
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.database import deferred, sqlite, transaction_facts
from core.database.addresses import address_of
from core.database.background import IN_BACKGROUND
from core.database.before_commit import finish_transactions
from core.database.bounded_reads import MAX_CONNECTIONS, BoundedReads, InlineReads, NeedsThread
from core.database.company_nodes import CompanyNodes
from core.database.group_commit import GroupCommit
from core.database.outages import database_outage, is_of_database, is_prepared_elsewhere, is_retryable
from core.database.postgresql import SILENT, UNLIMITED, Connections
from core.database.register_file import prepare_folder, sqlite_file
from core.database.shared_commits import SharedCommits
from core.database.thread_priority import lower_priority
from core.database.views import Views, execution_options_of
from core.database.watchdog import Watchdog
from core.errors import TakesNoWrites, Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
Unit = Callable[[Connection], T]


class Database:
    """The register's database, opened from a URL (`sqlite:///path` or `postgresql://…`).

    SQLite has one writer, so the writes of a process share commits; reads see snapshots meanwhile (WAL). A unit that
    meets a lock, a silent server or serialization failures waits at most `wait_seconds`, then raises `Unavailable`. A
    standby is opened with `takes_writes=False`. Writers store the renderings of a changed client in each of `views`,
    which is called when a client is written.
    """

    def __init__(
        self, url: str, threads: int = 4, wait_seconds: float = 10.0, views: Views = tuple, takes_writes: bool = True
    ) -> None:
        self._wait_seconds = wait_seconds
        self.address = address_of(url)
        self.is_sqlite = self.address.is_sqlite
        kept, more = threads + 1, 2 * threads
        # A standby's connections may lead to several servers, and all statements of a unit must see the same one.
        self._max_on_loop = MAX_CONNECTIONS if takes_writes else 1
        self.max_connections = kept + more + (0 if self.is_sqlite else self._max_on_loop)
        options: dict[str, Any] = {"pool_size": kept, "max_overflow": more, "pool_timeout": wait_seconds}
        options["pool_use_lifo"] = True  # the connection that was used last has the warmest caches
        if self.is_sqlite:
            if self.address.url.database in (None, "", ":memory:"):
                raise ValueError("an in-memory SQLite database cannot be shared between connections; use a file")
            self.file = sqlite_file(self.address.url)
            prepare_folder(self.file)
            options["connect_args"] = {"timeout": wait_seconds, "check_same_thread": False}
        else:
            options["pool_reset_on_return"] = None  # `Connections` does it
        self._watchdog: Watchdog | None = None
        self.engine: Engine = create_engine(
            self.address.url,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
            execution_options=execution_options_of(views),
            hide_parameters=True,  # errors are logged, and values may be secrets
            **options,
        )
        if self.is_sqlite:
            sqlite.attach(self.engine, self.file)
        else:
            self._connections = Connections(self.address, wait_seconds, takes_writes)
            self._connections.attach(self.engine)
            finish_transactions(self.engine)
            deferred.attach(self.engine)
            self._watchdog = self._connections.watchdog
        self.nodes = CompanyNodes(self._watchdog)
        transaction_facts.attach(self.engine)
        self.written_at = 0.0
        """When `write` last succeeded, by `time.monotonic`."""
        self.refusal = ""
        """Why no request may be answered from this database now; empty if requests may be answered."""
        self._readers = ThreadPoolExecutor(threads, "reader", initializer=lower_priority if self.is_sqlite else None)
        self._writers = ThreadPoolExecutor(threads, "writer")
        self._background = ThreadPoolExecutor(threads, "background")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection for reads: one consistent snapshot on SQLite, rolled back at the end."""
        with _translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection in a write transaction, which is committed unless an exception leaves the block."""
        with _translated(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Yield a connection that reads one consistent snapshot, however long it takes."""
        with _translated(), self.engine.connect() as connection:
            if not self.is_sqlite:
                options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True, UNLIMITED: True}
                connection.execution_options(**options)
            yield connection

    @contextmanager
    def bulk_writing(self) -> Iterator[Connection]:
        """Yield a connection for bulk writes. The caller begins and ends its transactions; it is not used again."""
        options = {"writes": True, UNLIMITED: True}
        with _translated(), self.engine.connect().execution_options(**options) as connection:
            try:
                yield connection
            finally:
                connection.invalidate()

    def read_now(self, unit: Unit[T]) -> T:
        """Run a reading unit on the calling thread, again if the database reports a serialization failure."""
        return self._repeated(self.reading, unit)

    def write_now(self, unit: Unit[T]) -> T:
        """Run a writing unit on the calling thread, again if the database reports a serialization failure."""
        return self._repeated(self.writing, unit)

    def _repeated(self, transaction: Callable[[], AbstractContextManager[Connection]], unit: Unit[T]) -> T:
        deadline = time.monotonic() + self._wait_seconds
        for attempt in count():
            try:
                with transaction() as connection:
                    return unit(connection)
            except TakesNoWrites:
                if self.is_sqlite or attempt:
                    raise
                self._connections.replace_all()  # another of its hosts may take writes
            except Exception as error:
                if is_prepared_elsewhere(error):
                    self._disable_prepared_statements()
                elif not is_retryable(error):
                    raise
                log.info("a transaction is run again: %s", str(error).splitlines()[0])
                if time.monotonic() > deadline:
                    raise Unavailable("the database is too busy") from error
            time.sleep(random.uniform(0, 0.01 * 2 ** min(attempt, 5)))  # noqa: S311 (jitter, no secret)
        raise AssertionError("unreachable")

    async def read(self, unit: Unit[T], bounded: bool = False) -> T:
        """Run a reading unit off the event loop.

        A `bounded` unit looks up a few rows by key. That takes less time than handing it to a thread and back, so it
        runs on the event loop if possible.
        """
        self._check_answers()
        if bounded:
            with suppress(NeedsThread):
                return await self.read_on_loop(unit)
        unit = sqlite.limited(unit) if self.is_sqlite else unit
        return await asyncio.get_running_loop().run_in_executor(
            self._background_threads or self._readers, self.read_now, unit
        )

    async def read_on_loop(self, unit: Unit[T]) -> T:
        """Run a bounded unit on the event loop. Raises `NeedsThread` if it has to run whole on a thread."""
        try:
            return await self._bounded.run(unit)
        except NeedsThread:
            raise
        except Exception as error:
            _raise_outage(error)
            raise

    async def write(self, unit: Unit[T], sharing: Any = None) -> T:
        """Run a writing unit off the event loop; it is committed when this returns.

        On PostgreSQL, units with the same `sharing` key share commits. Each of them must lock what the key names before
        anything else.
        """
        written = await self._write(unit, sharing)
        self.written_at = time.monotonic()
        return written

    async def _write(self, unit: Unit[T], sharing: Any) -> T:
        self._check_answers()
        if self.is_sqlite:
            return await self._group.submit(unit)  # type: ignore[no-any-return]
        if sharing is not None:
            try:
                return await self._shared.submit(sharing, unit)  # type: ignore[no-any-return]
            except Exception as error:
                if not (is_retryable(error) or is_prepared_elsewhere(error) or isinstance(error, TakesNoWrites)):
                    raise
        return await asyncio.get_running_loop().run_in_executor(
            self._background_threads or self._writers, self.write_now, unit
        )

    def check_usable(self) -> None:
        """Raise `Unavailable` if requests must not be answered from this database now."""
        if self.refusal:
            raise Unavailable(self.refusal)

    def _check_answers(self) -> None:
        self.check_usable()
        if self._watchdog is not None and self._watchdog.is_silent:
            raise Unavailable(SILENT)

    @property
    def _background_threads(self) -> Executor | None:
        """The threads of background work on a distributed register, which waits for every node if one is silent."""
        return self._background if self.nodes.is_distributed_register and IN_BACKGROUND.get() else None

    @cached_property
    def _shared(self) -> SharedCommits:
        return SharedCommits(self.writing, self._writers)

    @cached_property
    def _group(self) -> GroupCommit:
        return GroupCommit(self.writing)

    @cached_property
    def _bounded(self) -> BoundedReads:
        if self.is_sqlite:
            return InlineReads(self.engine)
        from core.database.batched_reads import BatchedReads  # a tenth of the start on SQLite

        return BatchedReads(self._connections, self._wait_seconds, self._max_on_loop)

    def _disable_prepared_statements(self) -> None:
        if self._connections.prepared:
            log.warning("the pooler does not support prepared statements, so they are no longer used")
            self._connections.prepared = False
            self._connections.replace_all()

    def replace_connections(self) -> None:
        """Replace every open connection to PostgreSQL before it is used again."""
        self._connections.replace_all()

    def close(self) -> None:
        """Finish running units and close every connection."""
        self._readers.shutdown()
        self._writers.shutdown()
        self._background.shutdown()
        if "_group" in self.__dict__:
            self._group.close()
        if "_bounded" in self.__dict__:
            self._bounded.close()
        if self._watchdog is not None:
            self._watchdog.close()
        self.engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        _raise_outage(error)
        raise


def _raise_outage(error: Exception) -> None:
    if isinstance(error, PoolTimeout):
        raise Unavailable("no database connection is free") from error
    if is_of_database(error) and not is_retryable(error):
        outage = database_outage(error)
        if outage is not None:
            raise outage from error
