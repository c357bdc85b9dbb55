"""A dialect's view of clients."""

from collections.abc import Callable
from dataclasses import dataclass

from core.query import Record, State


@dataclass(frozen=True)
class View:
    """How one dialect shows clients that are in one of these states.

    `fingerprint` changes with everything that `render` depends on, except the record.
    """

    name: str
    fingerprint: str
    states: frozenset[State]
    render: Callable[[Record], str]
