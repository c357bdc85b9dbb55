"""What every source offers: its clients, page by page, as the register's terms."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol

from core.importing.incoming import Category, Incoming, Misfit


@dataclass(frozen=True)
class Told:
    """One client as told, with what of it cannot be read; without `client` nothing of it can."""

    client: Incoming | None
    misfits: Sequence[Misfit] = ()
    name: str = ""


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
