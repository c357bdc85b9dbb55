"""The process that starts the workers of `gateway serve`, replaces dead ones, and lets a new program take over.

It has the listening sockets open, so that no caller is refused while processes start and end. On SIGHUP, the program
that is installed by then checks its settings and the register, and prints how its workers are started. Once they serve,
the old ones hand over. If any of this fails, the old ones continue to serve.
"""

import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from threading import Event

from gateway.server.graceful import CANNOT_START
from gateway.server.launching import Launch, Worker, folder
from gateway.server.takeover import DidNotStart, Generation, Takeover

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.1
_PAUSES = (0.0, 1.0, 5.0, 30.0)  # before a dead worker is replaced, by the number of consecutive failed starts


class Supervisor:
    """Keeps `count` workers running, from `start` or the first take-over on.

    `preparation` is the command with which a program prints how its workers are started (`Launch.as_text`).
    """

    hand_over_own: Callable[[], None] | None = None
    """Hands over the server of this process itself, if there is one."""

    def __init__(self, listeners: Sequence[socket.socket], preparation: Sequence[str], count: int) -> None:
        self._listeners, self._preparation, self._count = listeners, preparation, count
        self._folder = folder()
        self._is_in_terminal = os.isatty(0)
        self._launch: Launch | None = None
        self._takeover: Takeover | None = None
        self._serving: list[Worker] = []
        self._leaving: list[Worker] = []
        self._is_takeover_requested = self.is_stopped = False
        self._failed_starts = 0
        self._next_start = 0.0
        self._woken = Event()

    def on_hangup(self, *_signal: object) -> None:
        """Request a take-over by the program that is installed now; stop if the terminal was closed."""
        if self._is_in_terminal and not os.isatty(0):
            signal.raise_signal(signal.SIGTERM)
        else:
            self._is_takeover_requested = True

    def start(self, launch: Launch) -> None:
        """Start the first workers, and wait until one of them serves. Raises `DidNotStart`."""
        generation = Generation(launch, self._listeners, self._count, self._folder)
        while not generation.has_begun() and not self.is_stopped:
            self._woken.wait(_TICK_SECONDS)
        self._launch, self._serving = launch, generation.workers

    def run(self) -> int:
        """Supervise workers, if there are any, until a signal ends it, and return the exit status."""
        while self._launch is not None and not self.is_stopped:
            self.poll()
            if self._failed_starts and not self._serving:
                log.error("workers can no longer be started")
                self.stop()
                return CANNOT_START
            self._woken.wait(_TICK_SECONDS)
        self.stop()
        return 0

    def on_stop(self, *_signal: object) -> None:
        """End the run (a signal handler)."""
        self.is_stopped = True
        self._woken.set()

    def poll(self) -> None:
        """Do what is due. It never waits, so it may be called from an event loop."""
        self._leaving = [worker for worker in self._leaving if worker.poll() is None]
        self._replace_dead()
        try:
            self._poll_takeover()
        except DidNotStart as error:
            self._takeover = None
            log.error("the new program did not start, and the present one continues to serve: %s", error)

    def stop(self) -> None:
        """End every worker, and wait until all have finished their requests."""
        if self._takeover is not None:
            self._takeover.stop()
        workers = [*self._serving, *self._leaving]
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.wait()

    def _poll_takeover(self) -> None:
        if self._takeover is None and self._is_takeover_requested:
            self._is_takeover_requested = False
            log.info("a new program is started; the present one serves until it is ready")
            self._takeover = Takeover(self._preparation, self._listeners, self._count, self._folder)
        if self._takeover is not None and (generation := self._takeover.poll()) is not None:
            self._takeover = None
            self._take(generation)

    def _take(self, generation: Generation) -> None:
        pids = ", ".join(str(worker.pid) for worker in generation.workers)
        log.info("the new program serves (process %s); the one before finishes its requests", pids)
        self._launch, self._failed_starts = generation.launch, 0
        self._leaving += self._serving
        for worker in self._serving:
            worker.hand_over()
        if self.hand_over_own is not None:
            self.hand_over_own()
            self.hand_over_own = None
        self._serving = generation.workers

    def _replace_dead(self) -> None:
        for worker in [each for each in self._serving if each.poll() is not None]:
            self._serving.remove(worker)
            log.warning("worker %s ended; another one is started", worker.pid)
            self._failed_starts += not worker.is_ready
            pause = _PAUSES[min(self._failed_starts, len(_PAUSES) - 1)]
            self._next_start = time.monotonic() + pause
        if self._launch is not None and len(self._serving) < self._count and time.monotonic() >= self._next_start:
            self._start_another(self._launch)
        elif len(self._serving) == self._count and all(worker.is_ready for worker in self._serving):
            self._failed_starts = 0

    def _start_another(self, launch: Launch) -> None:
        try:
            self._serving.append(Worker(launch, self._listeners, self._folder))
        except OSError as error:
            self._failed_starts += 1
            self._next_start = time.monotonic() + _PAUSES[-1]
            log.error("no worker can be started: %s", error)
