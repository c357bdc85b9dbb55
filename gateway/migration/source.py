"""What every source offers: its clients, page by page, as the register's terms."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from core.importing.incoming import Category, CustomField, FieldError, Incoming
from gateway.migration.tally import Shortfall
from schemas.reading import Reader

Make = Callable[[int, dict[str, Any], list[FieldError]], Incoming]
"""From a client's id, its other values, and what could not be read, to which it may add."""


@dataclass(frozen=True)
class ParsedClient:
    """One client of a source, with what of it cannot be read; without `client` nothing of it can.

    `row` is where it stands in a spreadsheet, and `refusal` why it is not taken although it can be read.
    """

    client: Incoming | None
    field_errors: Sequence[FieldError] = ()
    name: str = ""
    row: int | None = None
    refusal: FieldError | None = None


def parsed(reader: Reader, shown: Any, make: Make) -> ParsedClient:
    """A client as a dialect shows it, read through that one's table; what has no id is nothing that could be taken."""
    if not isinstance(shown, Mapping):
        return ParsedClient(None, name=str(shown)[:80])
    values, field_errors = reader.read(shown)
    client_id = values.pop("id", None)
    if client_id is None:
        return ParsedClient(None, field_errors, str(shown.get("id"))[:80])
    return ParsedClient(make(client_id, values, field_errors), field_errors)


@dataclass(frozen=True)
class Page:
    """A page of clients. `number` counts from 1, `total` is the clients of all pages, as far as that is known.

    `remarks` and `shortfalls`, what of the source's lists could not be had, come with the last one.
    """

    clients: Sequence[ParsedClient]
    number: int
    total: int | None = None
    remarks: Sequence[str] = ()
    shortfalls: Sequence[Shortfall] = ()


@dataclass
class Preface:
    """What a source tells before its clients. One that `is_live` may change while it is read.

    `contact_users` are contacts that belong to no client, with their ids; `field_errors` are what of these cannot be
    read, each with the id. `left_out` are values of which it is known already that none is taken.
    """

    categories: Sequence[Category] = ()
    next_number: int = 0
    is_live: bool = False
    remarks: list[str] = field(default_factory=list)
    shortfalls: list[Shortfall] = field(default_factory=list)
    custom_fields: Sequence[CustomField] = ()
    contact_users: list[dict[str, Any]] = field(default_factory=list)
    field_errors: list[tuple[int, FieldError]] = field(default_factory=list)
    left_out: int = 0


class Source(Protocol):
    """A source. `keys` says by which of its own names it shows an attribute."""

    keys: dict[str, str]

    async def preface(self) -> Preface: ...
    def pages(self, first: int) -> AsyncIterator[Page]: ...
    async def fetch(self, document_id: int, file: IO[bytes], limit: int) -> bool: ...
