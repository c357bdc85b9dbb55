"""The watchdog over connections to PostgreSQL: it ends the wait for a server that has fallen silent.

A server that is suspended, or whose network drops packets, does not break a connection: a statement continues to wait
for its answer, for half a minute by TCP's own limits or without any limit, and occupies a thread. So if a statement
waits for most of a second, the watchdog opens a new connection to the same server. If that is not answered either, it
ends every wait for this server, and nothing is sent to it until it answers again. A statement that is only slow
continues.

The coordinator of a distributed register answers even if one of its nodes is silent. Then the watchdog has it connect
to each node, ends the waits, and records the lost nodes.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection

log = logging.getLogger(__name__)

Address = Mapping[str, Any]
"""The parameters of a connection that identify its server."""

_CHECK_SECONDS = 0.5  # a statement that waits during two consecutive checks is examined
_PAUSE_SECONDS = 2.0  # after servers were examined that answered: then statements are slow, and nothing is wrong


class ProbeResult(Enum):
    """What a server does with a new connection."""

    ANSWERS = "it answers, perhaps with an error of its own"
    IS_AWAY = "nobody takes the connection, or it breaks, at once"
    IS_SILENT = "there is no answer in time"


class _Watched:
    """A connection, and how many times something was sent on it."""

    def __init__(self, connection: "Connection[Any] | AsyncConnection[Any]", sent: Callable[[], int]) -> None:
        self._connection = connection
        self._sent = sent
        info = connection.info
        self.address = {"host": info.host, "port": str(info.port)}
        if info.hostaddr:  # there is none of a Unix socket
            self.address["hostaddr"] = info.hostaddr

    @property
    def is_open(self) -> bool:
        return not self._connection.closed

    @property
    def waits_for(self) -> int:
        """The number of the statement that has no answer yet; 0 if there is none."""
        from psycopg.pq import TransactionStatus

        is_active = self._connection.pgconn.transaction_status == TransactionStatus.ACTIVE
        return self._sent() if is_active else 0

    def hang_up(self, number: int) -> None:
        """Have the wait for this statement end with an error, if it is not over."""
        from psycopg import Error

        with suppress(OSError, Error), socket.socket(fileno=os.dup(self._connection.fileno())) as same:
            if self.waits_for == number:  # then the duplicate is that of this connection
                same.shutdown(socket.SHUT_RDWR)


Waits = Mapping[_Watched, int]
"""Connections, each with the number of the statement for which it waits."""


class Watchdog:
    """Monitors the connections to a database; a probe waits at most `seconds` for an answer.

    `parameters` are those of a new connection. `on_silence` is called with the address of a server that is silent. The
    thread starts with the first connection.
    """

    def __init__(
        self, parameters: Callable[[], Mapping[str, Any]], seconds: float, on_silence: Callable[[Address], None]
    ) -> None:
        self.is_silent = False
        """Whether no server answers now, so that no statement is sent."""
        self.lost_nodes: frozenset[str] = frozenset()
        """The nodes of a distributed register (`host:port`) that their coordinator cannot reach now."""
        self.is_distributed = False
        """Whether the register is distributed over the nodes of Citus."""
        self._parameters = parameters
        self._seconds = seconds
        self._on_silence = on_silence
        self._watched: set[_Watched] = set()
        self._seen: Waits = {}
        self._next_examination = 0.0
        self._thread: threading.Thread | None = None
        self._is_over = threading.Event()
        self._lock = threading.Lock()

    def watch(self, connection: "Connection[Any] | AsyncConnection[Any]", sent: Callable[[], int]) -> None:
        """Monitor a connection until it is closed. `sent` returns how often something was sent on it, from 1 on."""
        self._watched.add(_Watched(connection, sent))
        self._start()

    def note_silence(self) -> None:
        """Record that a new connection was not answered in time."""
        self._become_silent()
        self._start()

    def close(self) -> None:
        """End the thread, at the latest after the probe in progress."""
        self._is_over.set()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._is_over.wait(_CHECK_SECONDS):
            try:
                self._check()
            except Exception as error:
                log.warning("the watchdog will check again shortly: %s", error)

    def _check(self) -> None:
        before, self._seen = self._seen, self._waits()
        waits = {each: number for each, number in self._seen.items() if before.get(each) == number}
        if self.is_silent:
            self._check_recovery(waits)
        elif self.lost_nodes or (waits and time.monotonic() >= self._next_examination):
            self._examine(waits)

    def _waits(self) -> Waits:
        for each in [each for each in list(self._watched) if not each.is_open]:
            self._watched.discard(each)
        return {each: number for each in list(self._watched) if (number := each.waits_for)}

    def _examine(self, waits: Waits) -> None:
        """Probe the servers for which statements wait, and the nodes."""
        silent = {each: number for each, number in waits.items() if self._probe(each.address) != ProbeResult.ANSWERS}
        if silent:
            log.warning("PostgreSQL is silent: the wait of %d statements is ended", len(silent))
            for each in silent:
                self._on_silence(each.address)
            _hang_up(silent)
            if self._probe() == ProbeResult.IS_SILENT:  # one that is away refuses each request by itself, and at once
                self._become_silent()
        elif self.is_distributed:
            self._examine_nodes(waits)
        self._next_examination = time.monotonic() + _PAUSE_SECONDS

    def _examine_nodes(self, waits: Waits) -> None:
        from core.database.probes import unreachable_nodes

        lost = unreachable_nodes(self._parameters(), self._seconds)
        if lost != self.lost_nodes:
            log.warning("the nodes that do not answer: %s", ", ".join(sorted(lost)) or "none any more")
        self.lost_nodes = lost
        if lost:
            _hang_up(waits)

    def _check_recovery(self, waits: Waits) -> None:
        if self._probe() == ProbeResult.IS_SILENT:
            _hang_up(waits)
        else:
            log.warning("PostgreSQL answers again")
            self.is_silent = False

    def _become_silent(self) -> None:
        if not self.is_silent:
            log.warning("PostgreSQL does not answer: requests are refused until it does")
        self.is_silent = True

    def _probe(self, address: Address | None = None) -> ProbeResult:
        """Return what the server at an address does with a new connection; without an address, any of the hosts."""
        from core.database.probes import probe

        chosen = {**address, "target_session_attrs": "any"} if address else {}
        return probe({**self._parameters(), **chosen}, self._seconds)


def _hang_up(waits: Waits) -> None:
    for each, number in waits.items():
        each.hang_up(number)
