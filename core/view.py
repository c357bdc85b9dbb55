"""Views: how a dialect shows clients."""

from collections.abc import Callable
from dataclasses import dataclass

from core.query import Record, State
from core.text.packing import Packing


@dataclass(frozen=True)
class View:
    """How one dialect shows clients that are in one of these states.

    `fingerprint` changes with everything that `render` depends on, except the record, and with how `packing`
    compresses. A view of an `edition` is rendered when a key of that edition writes, otherwise when the client is read.
    """

    name: str
    fingerprint: str
    states: frozenset[State]
    render: Callable[[Record], str]
    packing: Packing
    edition: str = ""
