"""Reproducible time and random names: both depend only on the number of changes that were requested."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from core.text import clock, secrets
from core.text.clock import SECOND

START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * SECOND
_FIXTURE_MADE = START - 24 * 60 * 60 * SECOND


class Sources:
    """The sources of time and random names, from `start` (microseconds since the epoch) on.

    The fixture is made a day before any mock starts, so that neither its times nor its names are repeated.
    """

    def __init__(self, start: int = _FIXTURE_MADE) -> None:
        self._start = start
        self.restart()

    def restart(self) -> None:
        """Go back to the start."""
        self._changes = 0
        self._seed()

    def advance(self) -> None:
        """Advance by a second. Random names depend on the number of changes, not on how many were generated."""
        self._changes += 1
        self._seed()

    def _seed(self) -> None:
        self._random = random.Random(self._start + self._changes)  # noqa: S311 (predictable on purpose)

    def nanoseconds(self) -> int:
        """Return the time in nanoseconds since the epoch."""
        return (self._start + self._changes * SECOND) * 1000

    def random_bytes(self, count: int) -> bytes:
        """Return bytes in the form of `os.urandom`."""
        return self._random.randbytes(count)


@contextmanager
def deterministic(sources: Sources) -> Iterator[Sources]:
    """Let the whole process use these sources of time and random names until the block ends."""
    with clock.replaced_by(sources.nanoseconds), secrets.random_source(sources.random_bytes):
        yield sources
