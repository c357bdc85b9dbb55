"""Rows made by processes of their own, on every core, while the caller stores them."""

import gc
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice

from tests.bench.data import Row

_CHUNK = 2_000  # clients
_AHEAD = 100  # chunks that may wait to be stored: some hundred megabytes of renderings


@contextmanager
def pool() -> Iterator[ProcessPoolExecutor]:
    """As many processes as there are cores."""
    # What they make is gone when the last reference is; looking for cycles among it takes a fifth of everybody's time.
    gc.disable()
    try:
        # A fork takes over the locks that other threads hold, and no thread that would release them: tests have many.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.bench.derived", "tests.bench.rendering"])  # what makes the rows
        with ProcessPoolExecutor(os.cpu_count(), mp_context=context, initializer=gc.disable) as processes:
            yield processes
    finally:
        gc.enable()


def chunks(size: int) -> Iterator[tuple[int, int]]:
    """The first and the last client of each chunk of clients 1 to `size`."""
    return ((first, min(first + _CHUNK - 1, size)) for first in range(1, size + 1, _CHUNK))


def made(pool: ProcessPoolExecutor, make: Callable[[int, int], list[Row]], size: int) -> Iterator[Row]:
    """What `make` returns for the first and the last client of every chunk, in order; it begins at once."""
    tasks = (pool.submit(make, first, last) for first, last in chunks(size))
    waiting = deque(islice(tasks, _AHEAD))

    def rows() -> Iterator[Row]:
        while waiting:
            yield from waiting.popleft().result()
            waiting.extend(islice(tasks, 1))

    return rows()
