"""Fair shares: companies that send requests at the same time take turns, so that a busy one does not delay the others.

If a company has several waiting requests, one begins in each turn of the event loop, and only a few are in progress.
The only request of a company begins at once. While all requests belong to one company, there are no turns.
"""

import asyncio
import os
from collections import Counter, OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from core.database.database import Database
from dialects.shared.lost_companies import LostCompanies

T = TypeVar("T")
NodeOf = Callable[[int], str]
"""Returns the node of a company, "" if it is not known, or there is only one."""

_SHARED_SECONDS = 5.0  # for which two companies count as asking at the same time
# Rounds of the event loop before a request begins that has waited: what came meanwhile of another company is read in
# one of them, answered in the next and sent, and so waits for no further request of the company that floods.
_ROUNDS = 2
_MAX_KEYS = 4096
_MAX_THREADS = 3  # of the four that read, or write: another company's request finds one that is free
_MAX_BOUNDED = 2  # whose answers come from PostgreSQL together
_STUCK_SECONDS = 0.02  # after which those count no longer: they wait for a lock, and take nobody's time
_MAX_COMMITTED = 8  # writes of SQLite that share a commit, for which another company's write waits
_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_MAX_READS = max(2, min(_MAX_THREADS, _CORES - 1))


class KnownKeys:
    """Remembers whose keys were used recently, because a request must wait before its key can be looked up."""

    def __init__(self) -> None:
        self._companies: OrderedDict[int, int] = OrderedDict()

    def company_of(self, key: str) -> int:
        """Return the id of the key's company; 0 for a key that was not used recently."""
        return self._companies.get(hash(key), 0)

    def note(self, key: str, company_id: int) -> None:
        """Remember whose key it is. Any thread may call it."""
        hashed = hash(key)  # Python's hash differs in each process, and is no secret
        if self._companies.get(hashed) != company_id:
            self._companies[hashed] = company_id
            if len(self._companies) > _MAX_KEYS:
                self._companies.popitem(last=False)


class _Queue:
    """The requests of a company: how many are in progress, and which wait."""

    __slots__ = ("counted", "ended", "has_begun", "is_watched", "node", "running", "waiting")

    def __init__(self, node: str) -> None:
        self.node = node
        self.running = self.ended = 0
        self.counted = 0  # those in progress that count towards the limit
        self.is_watched = False
        self.has_begun = False  # one in this turn of the event loop
        self.waiting: deque[asyncio.Future[None]] = deque()


class FairShares:
    """The turns of companies, on one event loop.

    Beside others a company has at most `most` requests in progress. If it is `while_moving`, they count only as long as
    one of them ends now and then. The companies of one node of a distributed register (`node_of` their id) have at most
    `most_of_node`, so that a node that does not answer leaves threads for the others.
    """

    def __init__(
        self, most: int, while_moving: bool = False, node_of: NodeOf = lambda _id: "", most_of_node: int = 0
    ) -> None:
        self._most = most
        self._node_of = node_of
        self._most_of_node = most_of_node
        self._of_node: Counter[str] = Counter()
        self.lost = LostCompanies()
        self._while_moving = while_moving
        self._last_company = 0
        self._shared_until = 0.0
        self._queues: OrderedDict[int, _Queue] = OrderedDict()
        self._turn_is_due = False

    def run(self, company_id: int, work: Callable[[], Awaitable[T]]) -> Awaitable[T]:
        """Return what the work returns, done when it is the company's turn.

        Raises `Unavailable` if the company's node was just lost.
        """
        if self._is_shared(company_id):
            return self._in_turn(company_id, work)
        return self.lost.guarded(company_id, work) if self.lost else work()

    async def _in_turn(self, company_id: int, work: Callable[[], Awaitable[T]]) -> T:
        queue = self._queues.get(company_id)
        if queue is None:
            queue = self._queues[company_id] = _Queue(self._node_of(company_id))
        if queue.has_begun or queue.waiting or self._is_full(queue):
            await self._wait(queue)
        else:
            self._begin(queue)
        try:
            return await (self.lost.guarded(company_id, work) if self.lost else work())
        finally:
            self._end(queue)

    def _is_full(self, queue: _Queue) -> bool:
        of_node = self._of_node[queue.node] if queue.node else -1
        return queue.counted >= self._most or of_node >= self._most_of_node

    def _is_shared(self, company_id: int) -> bool:
        """Return whether another company has sent a request recently."""
        if company_id != self._last_company:
            self._last_company = company_id
            self._shared_until = asyncio.get_running_loop().time() + _SHARED_SECONDS
        elif self._shared_until and asyncio.get_running_loop().time() > self._shared_until:
            self._shared_until = 0.0
        return self._shared_until > 0

    async def _wait(self, queue: _Queue) -> None:
        place = asyncio.get_running_loop().create_future()
        queue.waiting.append(place)
        self._watch(queue)
        self._have_turn()
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # its turn has come, but it was cancelled
                self._end(queue)
            raise

    def _watch(self, queue: _Queue) -> None:
        if self._while_moving and queue.waiting and not queue.is_watched:
            queue.is_watched = True
            asyncio.get_running_loop().call_later(_STUCK_SECONDS, self._look_after, queue, queue.ended)

    def _look_after(self, queue: _Queue, ended: int) -> None:
        queue.is_watched = False
        if queue.waiting and queue.ended == ended:
            queue.counted = 0
            self._have_turn()
        self._watch(queue)

    def _begin(self, queue: _Queue) -> None:
        queue.running += 1
        self._of_node[queue.node] += 1
        queue.counted += 1
        queue.has_begun = True
        self._have_turn()

    def _end(self, queue: _Queue) -> None:
        queue.running -= 1
        self._of_node[queue.node] -= 1
        queue.ended += 1
        queue.counted = max(0, queue.counted - 1)
        self._have_turn()

    def _have_turn(self) -> None:
        if not self._turn_is_due:
            self._turn_is_due = True
            asyncio.get_running_loop().call_soon(self._turn, _ROUNDS)

    def _turn(self, rounds: int) -> None:
        """Let one request begin: of the company that has waited longest for a turn."""
        if rounds:
            asyncio.get_running_loop().call_soon(self._turn, rounds - 1)
            return
        self._turn_is_due = False
        for company_id, queue in list(self._queues.items()):
            queue.has_begun = False
            if not (queue.running or queue.waiting):
                del self._queues[company_id]
        for company_id, queue in self._queues.items():
            if not self._is_full(queue) and self._let_begin(queue):
                self._queues.move_to_end(company_id)
                return

    def _let_begin(self, queue: _Queue) -> bool:
        while queue.waiting:
            place = queue.waiting.popleft()
            if not place.done():  # the caller may have gone
                place.set_result(None)
                self._begin(queue)
                return True
        return False


@dataclass(frozen=True)
class Turns:
    """The turns of companies for `bounded` reads, for `other_reads`, which take a thread each, and for `writes`.

    A slow read delays no other kind of request of the same company.
    """

    keys: KnownKeys = field(default_factory=KnownKeys)
    bounded: FairShares = field(default_factory=lambda: FairShares(_MAX_BOUNDED, while_moving=True))
    other_reads: FairShares = field(default_factory=lambda: FairShares(_MAX_READS))
    writes: FairShares = field(default_factory=lambda: FairShares(_MAX_THREADS))
    lost: LostCompanies = field(default_factory=LostCompanies)

    def __post_init__(self) -> None:
        for each in (self.bounded, self.other_reads, self.writes):
            each.lost = self.lost


def turns_for(database: Database) -> Turns:
    """Return the turns for a database: writes of SQLite share one thread, and commits."""
    node_of = database.nodes.known
    return Turns(
        other_reads=FairShares(_MAX_READS, node_of=node_of, most_of_node=_MAX_THREADS),
        writes=FairShares(
            _MAX_COMMITTED if database.is_sqlite else _MAX_THREADS, node_of=node_of, most_of_node=_MAX_THREADS
        ),
    )
