"""Rounds of the event loop, by which requests of one company let those of the others go first.

In a round the loop reads what has arrived, runs what is ready, and sends what was answered. A request that arrives is
read in one round, and answered and sent in the next.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import Connection

T = TypeVar("T")
Unit = Callable[[Connection], T]

_ROUNDS = 2
_MAX_WAIT_SECONDS = 0.02  # for which a writer waits for the loop, and other writers wait for that writer


def after_rounds(loop: asyncio.AbstractEventLoop, then: Callable[[], None], rounds: int = _ROUNDS) -> None:
    """Call a function after some rounds of the loop, not counting the present one."""
    if rounds:
        loop.call_soon(after_rounds, loop, then, rounds - 1)
    else:
        then()


def after_the_loop(unit: Unit[T]) -> Unit[T]:
    """Return the unit, which first waits in its thread until the loop has answered what had arrived.

    A writer of SQLite works with hardly a pause, so between two units the loop would wait for the processor and for the
    interpreter for as long as the system's scheduler lets a thread run, which may be several units.
    """
    loop = asyncio.get_running_loop()

    def run(connection: Connection) -> T:
        rounds_are_over = threading.Event()
        with suppress(RuntimeError):  # the loop is closed already, and nobody else waits
            loop.call_soon_threadsafe(after_rounds, loop, rounds_are_over.set)
            rounds_are_over.wait(_MAX_WAIT_SECONDS)
        return unit(connection)

    return run


class Pace:
    """Lets waiting requests continue one at a time, with some rounds of the loop between two of them."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_next_due = False

    async def turn(self) -> None:
        """Return when it is this request's turn."""
        if not self._is_next_due:
            self._schedule_next()
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await turn

    def _schedule_next(self) -> None:
        self._is_next_due = True
        loop = asyncio.get_running_loop()
        loop.call_soon(after_rounds, loop, self._next)

    def _next(self) -> None:
        self._is_next_due = False
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # the caller may have gone
                turn.set_result(None)
                self._schedule_next()
                return
