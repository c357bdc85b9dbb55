"""Bounded reads of PostgreSQL on the event loop: reads that wait at the same time share one round trip.

A unit runs in a greenlet, which is suspended while its statement is in flight, so the loop goes on. Statements that
arrive while a batch is in flight wait for the next one, so each sees what was committed before it was submitted. In all
other cases (another kind of statement, an error, a lost connection) a thread runs the whole unit again.
"""

import asyncio
import logging
from collections import OrderedDict
from typing import Any, TypeVar

from psycopg.errors import Error

from core.database.bounded_reads import NeedsThread, Unit
from core.database.event_loop_connection import EventLoopConnection, StatementKey, in_greenlet
from core.database.libpq import Rows, parameters
from core.database.outages import is_prepared_elsewhere
from core.database.pipeline import Outcome, PendingStatement, Pipeline
from core.database.postgresql import Connections
from core.errors import Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

_BATCH_WAIT_SECONDS = 0.02  # then the next batch no longer waits for the one in flight
_RECONNECT_SECONDS = 1.0
_SILENCE_CHECK_SECONDS = 1.0  # between two checks whether the server still answers
_MAX_KNOWN = 4096


class BatchedReads:
    """Bounded reads over at most `max_connections` of their own, which are opened during the first requests.

    It belongs to the event loop that uses it first. A connection whose server is silent for `wait_seconds` is closed.
    """

    def __init__(self, connections: Connections, wait_seconds: float, max_connections: int) -> None:
        self._connections = connections
        self._generation = connections.generation
        self._wait_seconds = wait_seconds
        self._max_connections = max_connections
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pipelines: list[Pipeline] = []
        self._opening: asyncio.Task[None] | None = None
        self._try_at = 0.0
        self._prepares = True
        self._waiting: dict[StatementKey, PendingStatement] = {}
        self._turn_is_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._silence_timer: asyncio.TimerHandle | None = None
        self._known: OrderedDict[StatementKey, _Known] = OrderedDict()

    async def run(self, unit: Unit[T]) -> T:
        """Return what the unit returns, or raise what it raises.

        If a presumed result was wrong, the unit runs again.
        """
        self._ensure_started()
        presuming = EventLoopConnection(self, presumes=True)
        try:
            found = await in_greenlet(unit, presuming)
        except NeedsThread:
            raise
        except Exception:
            if await presuming.was_right():
                raise
        else:
            if await presuming.was_right():
                return found
        return await in_greenlet(unit, EventLoopConnection(self, presumes=False))

    def close(self) -> None:
        """Close the connections."""
        for pipeline in self._pipelines:
            pipeline.close()
        self._pipelines.clear()
        if self._opening is not None and self._loop is not None and not self._loop.is_closed():
            self._opening.cancel()

    def submit(self, sql: str, arguments: tuple[Any, ...]) -> "asyncio.Future[Outcome]":
        """Add a statement to the next batch, and return the future of its outcome.

        Raises `NeedsThread` for arguments that cannot be sent here.
        """
        assert self._loop is not None
        statement = self._waiting.get((sql, arguments))
        if statement is None:
            sent = parameters(arguments)
            if sent is None:
                raise NeedsThread("a value of another type")
            statement = self._waiting[sql, arguments] = PendingStatement(sql, sent)
        answer: asyncio.Future[Outcome] = self._loop.create_future()
        statement.answers.append(answer)
        if not self._turn_is_due:
            self._turn_is_due = True
            self._loop.call_soon(self._turn)  # after all callbacks of this iteration of the loop have submitted theirs
        return answer

    def presumed(self, key: StatementKey) -> Rows | None:
        """Return the result of the last two times; None if they differed, or there were fewer."""
        known = self._known.get(key)
        return known.rows if known is not None and known.is_steady else None

    def remember(self, key: StatementKey, rows: Rows) -> None:
        """Remember a result."""
        before = self._known.pop(key, None)
        if rows:  # not remembered: anybody can ask for any number of values that do not exist
            self._known[key] = _Known(rows, before is not None and before.rows == rows)
            if len(self._known) > _MAX_KNOWN:
                self._known.popitem(last=False)

    def _ensure_started(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self._loop is not None and not self._loop.is_closed():
                raise NeedsThread("another event loop")
            self._bind_to_loop(loop)
        if self._generation != self._connections.generation:
            self._retire()
        if not self._pipelines:
            self._open()
            raise NeedsThread("not connected")

    def _bind_to_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        for of_another_loop in self._pipelines:
            of_another_loop.close()
        self._loop, self._pipelines, self._opening, self._waiting = loop, [], None, {}
        self._turn_is_due, self._timer, self._silence_timer = False, None, None

    def _retire(self) -> None:
        """Replace the connections, each as soon as it is not in use."""
        self._generation = self._connections.generation
        for pipeline in self._pipelines[:]:
            pipeline.is_retired = True
            if not pipeline.busy_since:
                self._remove(pipeline)

    def _remove(self, pipeline: Pipeline) -> None:
        pipeline.close()
        self._pipelines.remove(pipeline)

    def _turn(self) -> None:
        """Send the waiting statements, unless a batch is in flight that will be answered shortly."""
        self._turn_is_due = False
        if not self._pipelines:
            self._refuse()
        if self._waiting:
            pipeline = self._free_pipeline()
            if pipeline is not None:
                self._send(pipeline)
            else:
                self._schedule_turn()

    def _free_pipeline(self) -> Pipeline | None:
        """Return the connection for the next batch; None if it is better to wait."""
        assert self._loop is not None
        long_ago = self._loop.time() - _BATCH_WAIT_SECONDS
        if any(each.busy_since > long_ago for each in self._pipelines):
            return None
        for pipeline in self._pipelines:
            if not pipeline.busy_since:
                return pipeline
        if len(self._pipelines) < self._max_connections:
            self._open()
        return None

    def _send(self, pipeline: Pipeline) -> None:
        waiting, self._waiting = self._waiting, {}
        statements = [each for each in waiting.values() if each.is_awaited]
        if statements:
            pipeline.send(statements)
            self._schedule_silence_check()

    def _schedule_turn(self) -> None:
        assert self._loop is not None
        if self._timer is None:
            self._timer = self._loop.call_later(_BATCH_WAIT_SECONDS, self._take_scheduled_turn)

    def _take_scheduled_turn(self) -> None:
        self._timer = None
        self._turn()

    def _schedule_silence_check(self) -> None:
        assert self._loop is not None
        if self._silence_timer is None:
            self._silence_timer = self._loop.call_later(_SILENCE_CHECK_SECONDS, self._close_silent)

    def _close_silent(self) -> None:
        """Close connections whose server should have answered by now, if only that a lock was not granted in time."""
        assert self._loop is not None
        self._silence_timer = None
        silent_since = self._loop.time() - self._wait_seconds - _SILENCE_CHECK_SECONDS
        for pipeline in [each for each in self._pipelines if each.busy_since]:
            if pipeline.busy_since < silent_since:
                pipeline.give_up(Unavailable("the database does not answer"))
            else:
                self._schedule_silence_check()

    def _refuse(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for statement in waiting.values():
            statement.answer(NeedsThread("the connection was lost"))

    def _open(self) -> None:
        assert self._loop is not None
        if self._opening is None and self._loop.time() >= self._try_at:
            self._opening = self._loop.create_task(self._connect())

    async def _connect(self) -> None:
        assert self._loop is not None
        pipeline: Pipeline | None = None
        try:
            connection, can_prepare = await self._connections.for_loop(lambda: 1 if pipeline is None else pipeline.sent)
            pipeline = Pipeline(connection, self._answered, self._lost, self._prepares and can_prepare)
        except (Error, OSError) as error:
            self._try_at = self._loop.time() + _RECONNECT_SECONDS
            log.info("bounded reads are run by threads: %s", error)
        else:
            self._pipelines.append(pipeline)
        finally:
            self._opening = None

    def _answered(self, pipeline: Pipeline, again: list[PendingStatement]) -> None:
        if pipeline.is_retired:
            self._remove(pipeline)
        for statement in again:
            self._waiting[statement.sql, (id(statement),)] = statement  # under a unique name
        self._turn()

    def _lost(self, pipeline: Pipeline, why: Exception) -> None:
        log.info("a connection for reads was lost: %s", why)
        self._prepares = self._prepares and not is_prepared_elsewhere(why)
        if pipeline in self._pipelines:
            self._pipelines.remove(pipeline)
        self._open()
        self._turn()


class _Known:
    """The result of a statement with its arguments; `is_steady` if it was the same twice."""

    __slots__ = ("is_steady", "rows")

    def __init__(self, rows: Rows, is_steady: bool) -> None:
        self.rows = rows
        self.is_steady = is_steady
