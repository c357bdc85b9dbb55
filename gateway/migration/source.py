"""What every source offers: its clients, page by page, as the register's terms."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from core.importing.incoming import Category, Incoming, Misfit
from schemas.reading import Reader

Make = Callable[[int, dict[str, Any], list[Misfit]], Incoming]
"""From a client's id, its other values, and what could not be read, to which it may add."""


@dataclass(frozen=True)
class Told:
    """One client as told, with what of it cannot be read; without `client` nothing of it can."""

    client: Incoming | None
    misfits: Sequence[Misfit] = ()
    name: str = ""


def told(reader: Reader, shown: Any, make: Make) -> Told:
    """A client as a dialect shows it, read through that one's table; what has no id is nothing that could be taken."""
    if not isinstance(shown, Mapping):
        return Told(None, name=str(shown)[:80])
    values, misfits = reader.read(shown)
    client_id = values.pop("id", None)
    if client_id is None:
        return Told(None, misfits, str(shown.get("id"))[:80])
    return Told(make(client_id, values, misfits), misfits)


@dataclass(frozen=True)
class Page:
    """A page of clients. `number` counts from 1, `total` is the clients of all pages, as far as that is known."""

    clients: Sequence[Told]
    number: int
    total: int | None = None


@dataclass
class Preface:
    """What a source tells before its clients."""

    categories: Sequence[Category] = ()
    next_number: int = 0
    remarks: list[str] = field(default_factory=list)


class Source(Protocol):
    """A source. `keys` says by which of its own names it shows an attribute."""

    keys: dict[str, str]

    async def preface(self) -> Preface: ...
    def pages(self, first: int) -> AsyncIterator[Page]: ...
    async def fetch(self, document_id: int, file: IO[bytes], limit: int) -> bool: ...
