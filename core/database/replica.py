"""Reads from a PostgreSQL standby that are never older than reads from the primary.

Before a read goes to the standby, the flushed position of the log is read from the primary. Every acknowledged commit
is before that position, so a standby that has replayed up to it shows all of them, whichever process made them. No
state is stored between requests. The query reads no table. Reads that arrive at the same time share it, as they share
all bounded reads of either server (`core.database.batched_reads`).

A standby that lags or fails is not used for a while, and the primary answers. While the primary does not answer, a
standby answers `alone` if the owner has configured that: it shows what it has received, and a synchronous standby has
received all that was acknowledged.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from core.database.bounded_reads import NeedsThread
from core.database.database import Database, Unit
from core.database.outages import is_retryable
from core.database.prepared import Prepared
from core.errors import Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

_PAUSES = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032)  # seconds; a healthy standby has caught up after the first pauses
_STANDBY_PAUSE_SECONDS = 2.0
_SILENCE_SECONDS = 1.0  # the silence of a primary after which a standby answers alone

_POSITION = Prepared(text("SELECT CAST(pg_current_wal_flush_lsn() AS text)"))
_HAS_REPLAYED = Prepared(text("SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= CAST(:position AS pg_lsn)"))
# A killed primary may have sent only the beginning of a log record. That record was never acknowledged, and its rest
# will never arrive. So a standby that waits for the rest shows everything that it has received.
_SHOWS_ALL = Prepared(
    text(
        "SELECT pg_is_in_recovery() AND (pg_last_wal_replay_lsn() >= coalesce(pg_last_wal_receive_lsn(), '0/0')"
        " OR (NOT EXISTS (SELECT FROM pg_stat_wal_receiver) AND EXISTS (SELECT FROM pg_stat_activity"
        " WHERE backend_type = 'startup' AND wait_event IN ('RecoveryWalStream', 'RecoveryRetrieveRetryInterval'))))"
    )
)


class Replica:
    """Reads like `Database`, from the standby whenever that is as good, else from the primary."""

    def __init__(self, primary: Database, standby: Database, threads: int = 4, alone: bool = False) -> None:
        if primary.is_sqlite or standby.is_sqlite:
            raise ValueError("only PostgreSQL has replicas")
        self._primary = primary
        self._standby = standby
        self._readers = ThreadPoolExecutor(threads, "replica")
        self._aside_until = 0.0
        self._alone = alone
        self._silent_until = 0.0

    async def read(self, unit: Unit[T], bounded: bool = False) -> T:
        """Run a reading unit off the event loop, as `Database.read` does. The unit may run on both."""
        self._primary.check_usable()
        if time.monotonic() < self._aside_until:
            return await self._primary.read(unit, bounded)
        position = await self._position_or_none() if self._alone else await self._position()
        try:
            if bounded:
                with suppress(NeedsThread):
                    return await self._read_on_loop(unit, position)
            return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, unit, position)
        except _StandbyUnusable as reason:
            self._aside_until = time.monotonic() + _STANDBY_PAUSE_SECONDS
            self._standby.replace_connections()  # another host may be a standby now
            log.warning("the replica is not used for %g s: %s", _STANDBY_PAUSE_SECONDS, reason)
        return await self._primary.read(unit, bounded)

    def close(self) -> None:
        """Finish running units and close the standby's connections; the primary is the caller's."""
        self._readers.shutdown()
        self._standby.close()

    async def _read_on_loop(self, unit: Unit[T], position: str | None) -> T:
        """Run the unit on the event loop, which cannot wait: if the standby is behind, `NeedsThread` is raised."""

        def checked(connection: Connection) -> T:
            if not _has_replayed(connection, position):
                raise NeedsThread("the standby is behind")
            return unit(connection)

        with _standby_errors():
            return await self._standby.read_on_loop(checked)

    def _read(self, unit: Unit[T], position: str | None) -> T:
        with _standby_errors(), self._standby.reading() as connection:
            for pause in (*_PAUSES, 0.0):
                if _has_replayed(connection, position):
                    return unit(connection)
                time.sleep(pause)
        raise _StandbyUnusable("it lags behind, or is no standby")

    async def _position_or_none(self) -> str | None:
        """Return the primary's position; None while the primary does not answer.

        The query is sent again after a while, and as soon as the primary has accepted a write of this process.
        """
        if (
            time.monotonic() < self._silent_until
            and self._primary.written_at < self._silent_until - _STANDBY_PAUSE_SECONDS
        ):
            return None
        try:
            return await asyncio.wait_for(self._position(), _SILENCE_SECONDS)
        except (Unavailable, TimeoutError) as error:
            self._silent_until = time.monotonic() + _STANDBY_PAUSE_SECONDS
            log.warning("the primary does not answer, so the replica answers alone: %s", error)
            return None

    async def _position(self) -> str:
        return await self._primary.read(lambda connection: str(_POSITION.scalar(connection)), bounded=True)


def _has_replayed(connection: Connection, position: str | None) -> bool:
    """Return whether a standby has replayed its log up to a position, or without one, all that it has received."""
    if position is None:
        return bool(_SHOWS_ALL.scalar(connection))
    return bool(_HAS_REPLAYED.scalar(connection, position=position))


class _StandbyUnusable(Exception):
    """The standby cannot answer now."""


@contextmanager
def _standby_errors() -> Iterator[None]:
    try:
        yield
    except Unavailable as error:
        raise _StandbyUnusable(error) from error
    except DBAPIError as error:
        # A standby cancels queries that read rows which the primary has vacuumed.
        if is_retryable(error):
            raise _StandbyUnusable("it cancelled the read") from error
        raise
