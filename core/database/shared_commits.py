"""Shared commits on PostgreSQL: writers that have to wait for each other anyway share the next commit.

Two creates of one company cannot run at the same time, because either may take the next number. Those of one process
that wait run one after the other in one transaction, so the company is not locked once per commit. Only writes that
begin with the same lock are joined; joining others could make two processes wait for each other.
"""

import asyncio
import threading
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any

from core.database.group_commit import Commits, Transaction, Unit, Waiting


class SharedCommits:
    """Writes that share commits with those of the same key, one commit of a key at a time."""

    def __init__(self, transaction: Transaction, threads: Executor) -> None:
        self._transaction = transaction
        self._threads = threads
        self._of_key: dict[Any, Commits] = {}
        self._lock = threading.Lock()

    def submit(self, key: Any, unit: Unit) -> "asyncio.Future[Any]":
        """Queue a unit. The future, of the running event loop, has its result once it is committed."""
        waiting: Waiting = (unit, asyncio.get_running_loop().create_future())
        with self._lock:
            commits = self._of_key.get(key)
            if commits is None:
                commits = self._of_key[key] = Commits(self._transaction)
                self._threads.submit(self._work, key, commits)
            commits.add(waiting)
        return waiting[1]

    def _work(self, key: Any, commits: Commits) -> None:
        while (first := self._first(key, commits)) is not None:
            commits.commit(first)
            with suppress(RuntimeError):  # the pool is shutting down: this thread works until no unit waits
                # Queued again behind others, so that a busy company does not occupy a thread.
                self._threads.submit(self._work, key, commits)
                return

    def _first(self, key: Any, commits: Commits) -> Waiting | None:
        with self._lock:
            first = commits.following()
            if first is None:
                del self._of_key[key]
            return first
