"""Writers of PostgreSQL that wait for each other anyway share the next commit, as all writers of SQLite do.

Two creates of one company cannot be under way at the same time, since either may take the next number. Those of one
process that wait go one after the other into one transaction, so the company is not held for the sake of each one's
commit. Only writes that begin with the same lock are joined; joining others could have two processes wait for each
other.
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
        """Have a unit run; the future, of the running event loop, holds its result once it is committed."""
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
            with suppress(RuntimeError):  # the threads are told to end, and this one ends when nobody waits
                self._threads.submit(self._work, key, commits)  # behind others, or a busy company would keep a thread
                return

    def _first(self, key: Any, commits: Commits) -> Waiting | None:
        with self._lock:
            first = commits.following()
            if first is None:
                del self._of_key[key]
            return first
