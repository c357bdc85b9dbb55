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

from core.errors import Unauthenticated
from dialects.shared.lost_companies import LostCompanies
from dialects.shared.rounds import Pace, Unit, after_rounds, after_the_loop

T = TypeVar("T")
NodeOf = Callable[[int], str]
"""Returns the node of a company, "" if it is not known, or there is only one."""

_SHARED_SECONDS = 5.0  # within which requests of two companies count as simultaneous
_MAX_KEYS = 4096
_MAX_THREADS = 3  # of the four that read, or write: another company's request finds one that is free
_MAX_BOUNDED = 2  # whose answers come from PostgreSQL together
_STUCK_SECONDS = 0.02  # after which they no longer count: they wait for a lock, and occupy no thread
_MAX_COMMITTED = 8  # writes of SQLite that share a commit, for which another company's write waits
_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _max_reads(cores: int) -> int:
    # One core, if there are several, is left to other companies. Beside two searches on a single core that PostgreSQL
    # uses too, a page of another company takes twice as long as usual; beside one, 1.0 to 1.4 times.
    return max(1, min(_MAX_THREADS, cores - 1))


class KnownKeys:
    """The companies of recently used keys, because a request must wait before its key can be looked up."""

    def __init__(self) -> None:
        self._companies: OrderedDict[int, int] = OrderedDict()

    def company_of(self, key: str) -> int:
        """Return the id of the key's company; 0 for a key that was not used recently."""
        return self._companies.get(hash(key), 0)

    def note(self, key: str, company_id: int) -> None:
        """Record the company of a key. Any thread may call it."""
        hashed = hash(key)  # Python's hash differs in each process, and is no secret
        if self._companies.get(hashed) != company_id:
            self._companies[hashed] = company_id
            if len(self._companies) > _MAX_KEYS:
                self._companies.popitem(last=False)


class Companies:
    """Whether several companies send requests at the same time, of whatever kind."""

    def __init__(self) -> None:
        self._last_company: int | None = None
        self._shared_until = 0.0

    @property
    def are_sharing(self) -> bool:
        """Whether two of them have sent requests recently."""
        if self._shared_until and asyncio.get_running_loop().time() > self._shared_until:
            self._shared_until = 0.0
        return self._shared_until > 0

    def note(self, company_id: int) -> bool:
        """Record a request of a company, and return whether another company has sent a request recently."""
        if company_id == self._last_company:
            return self.are_sharing
        if self._last_company is not None:
            self._shared_until = asyncio.get_running_loop().time() + _SHARED_SECONDS
        self._last_company = company_id
        return self.are_sharing


class _Queue:
    """The requests of a company: how many are in progress, and which wait."""

    __slots__ = ("counted", "ended", "has_begun", "is_check_scheduled", "node", "running", "waiting")

    def __init__(self, node: str) -> None:
        self.node = node
        self.running = self.ended = 0
        self.counted = 0  # those in progress that count towards the limit
        self.is_check_scheduled = False
        self.has_begun = False  # one in this turn of the event loop
        self.waiting: deque[asyncio.Future[None]] = deque()


class FairShares:
    """The turns of companies, on one event loop.

    While other companies send requests too, a company has at most `max_active` requests in progress. With
    `only_while_progressing`, they count only as long as one of them ends now and then. Requests that `end_together`, as
    those of a shared commit do, are answered one after the other (`Pace`). The companies of one node of a distributed
    register (`node_of` their id) have at most `max_active_of_node` requests in progress, so that a node that does not
    answer leaves threads for the others.
    """

    def __init__(
        self,
        max_active: int,
        only_while_progressing: bool = False,
        end_together: bool = False,
        node_of: NodeOf = lambda _id: "",
        max_active_of_node: int = 0,
    ) -> None:
        self._max_active = max_active
        self._pace = Pace() if end_together else None
        self._node_of = node_of
        self._max_active_of_node = max_active_of_node
        self._of_node: Counter[str] = Counter()
        self.lost = LostCompanies()
        self.companies = Companies()
        self._only_while_progressing = only_while_progressing
        self._queues: OrderedDict[int, _Queue] = OrderedDict()
        self._turn_is_due = False

    def run(self, company_id: int, work: Callable[[], Awaitable[T]]) -> Awaitable[T]:
        """Return what the work returns, done when it is the company's turn.

        Raises `Unavailable` if the company's node was just lost.
        """
        if not company_id:
            return self._of_unknown_key(work)
        if self.companies.note(company_id):
            return self._in_turn(company_id, work)
        return self.lost.guarded(company_id, work) if self.lost else work()

    async def _of_unknown_key(self, work: Callable[[], Awaitable[T]]) -> T:
        """Count the request as another company's only if its key is refused: a valid key is known from then on."""
        try:
            return await (self._in_turn(0, work) if self.companies.are_sharing else work())
        except Unauthenticated:
            self.companies.note(0)
            raise

    async def _in_turn(self, company_id: int, work: Callable[[], Awaitable[T]]) -> T:
        queue = self._queues.get(company_id)
        if queue is None:
            queue = self._queues[company_id] = _Queue(self._node_of(company_id))
        if queue.has_begun or queue.waiting or self._is_full(queue):
            await self._wait(queue)
        else:
            self._begin(queue)
        try:
            found = await (self.lost.guarded(company_id, work) if self.lost else work())
        finally:
            self._end(queue)
        if self._pace is not None:
            await self._pace.turn()
        return found

    def _is_full(self, queue: _Queue) -> bool:
        of_node = self._of_node[queue.node] if queue.node else -1
        return queue.counted >= self._max_active or of_node >= self._max_active_of_node

    async def _wait(self, queue: _Queue) -> None:
        turn = asyncio.get_running_loop().create_future()
        queue.waiting.append(turn)
        self._schedule_progress_check(queue)
        self._schedule_turn()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # its turn came at the same time as the cancellation
                self._end(queue)
            raise

    def _schedule_progress_check(self, queue: _Queue) -> None:
        if self._only_while_progressing and queue.waiting and not queue.is_check_scheduled:
            queue.is_check_scheduled = True
            asyncio.get_running_loop().call_later(_STUCK_SECONDS, self._check_progress, queue, queue.ended)

    def _check_progress(self, queue: _Queue, ended: int) -> None:
        queue.is_check_scheduled = False
        if queue.waiting and queue.ended == ended:
            queue.counted = 0
            self._schedule_turn()
        self._schedule_progress_check(queue)

    def _begin(self, queue: _Queue) -> None:
        queue.running += 1
        self._of_node[queue.node] += 1
        queue.counted += 1
        queue.has_begun = True
        self._schedule_turn()

    def _end(self, queue: _Queue) -> None:
        queue.running -= 1
        self._of_node[queue.node] -= 1
        queue.ended += 1
        queue.counted = max(0, queue.counted - 1)
        self._schedule_turn()

    def _schedule_turn(self) -> None:
        if not self._turn_is_due:
            self._turn_is_due = True
            loop = asyncio.get_running_loop()
            loop.call_soon(after_rounds, loop, self._turn)

    def _turn(self) -> None:
        """Begin one request: of the company that has waited longest for a turn."""
        self._turn_is_due = False
        for company_id, queue in list(self._queues.items()):
            queue.has_begun = False
            if not (queue.running or queue.waiting):
                del self._queues[company_id]
        for company_id, queue in self._queues.items():
            if not self._is_full(queue) and self._admit_next(queue):
                self._queues.move_to_end(company_id)
                return

    def _admit_next(self, queue: _Queue) -> bool:
        while queue.waiting:
            turn = queue.waiting.popleft()
            if not turn.done():  # the caller may have gone
                turn.set_result(None)
                self._begin(queue)
                return True
        return False


@dataclass(frozen=True)
class Turns:
    """The turns of companies for `bounded` reads, for `other_reads`, which take a thread each, and for `writes`.

    A slow read delays no other kind of request of the same company.
    """

    keys: KnownKeys = field(default_factory=KnownKeys)
    bounded: FairShares = field(default_factory=lambda: FairShares(_MAX_BOUNDED, only_while_progressing=True))
    other_reads: FairShares = field(default_factory=lambda: FairShares(_max_reads(_CORES)))
    writes: FairShares = field(default_factory=lambda: FairShares(_MAX_THREADS))
    is_one_writer: bool = False
    lost: LostCompanies = field(default_factory=LostCompanies)
    companies: Companies = field(default_factory=Companies)

    def __post_init__(self) -> None:
        for each in (self.bounded, self.other_reads, self.writes):
            each.lost, each.companies = self.lost, self.companies

    def writing(self, unit: Unit[T]) -> Unit[T]:
        """Return a writing unit; one that lets the event loop go first if companies share its thread with the loop."""
        return after_the_loop(unit) if self.is_one_writer and self.companies.are_sharing else unit


def turns_for(is_sqlite: bool, node_of: NodeOf = lambda _id: "", cores: int = _CORES) -> Turns:
    """Return the turns for a database: writes of SQLite share one thread, and commits."""
    return Turns(
        other_reads=FairShares(_max_reads(cores), node_of=node_of, max_active_of_node=_MAX_THREADS),
        writes=FairShares(
            _MAX_COMMITTED if is_sqlite else _MAX_THREADS,
            end_together=True,
            node_of=node_of,
            max_active_of_node=_MAX_THREADS,
        ),
        is_one_writer=is_sqlite,
    )
