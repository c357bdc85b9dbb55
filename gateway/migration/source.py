"""The interface of every source: its clients, page by page, in the register's terms."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from core.importing.incoming import Category, CustomField, FieldError, Incoming
from gateway.migration.tally import Shortfall
from schemas.reading import Reader

Make = Callable[[int, dict[str, Any], list[FieldError]], Incoming]
"""Returns a client, given its id, its other values, and the field errors, to which it may add."""


@dataclass(frozen=True)
class ParsedClient:
    """One client of a source, with values that cannot be read; without `client` nothing can be read.

    `row` is its row in a spreadsheet, and `refusal` is why it is not imported although it can be read.
    """

    client: Incoming | None
    field_errors: Sequence[FieldError] = ()
    name: str = ""
    row: int | None = None
    refusal: FieldError | None = None


def parsed(reader: Reader, shown: Any, make: Make) -> ParsedClient:
    """Return a client as a dialect shows it, parsed through that dialect's table; without an id it is unreadable."""
    if not isinstance(shown, Mapping):
        return ParsedClient(None, name=str(shown)[:80])
    values, field_errors = reader.read(shown)
    client_id = values.pop("id", None)
    if client_id is None:
        return ParsedClient(None, field_errors, str(shown.get("id"))[:80])
    return ParsedClient(make(client_id, values, field_errors), field_errors)


@dataclass(frozen=True)
class Page:
    """A page of clients.

    `number` counts from 1, `total` is the number of clients on all pages, as far as it is known. The last page has
    `remarks`, and `shortfalls`, which are the items that could not be read.
    """

    clients: Sequence[ParsedClient]
    number: int
    total: int | None = None
    remarks: Sequence[str] = ()
    shortfalls: Sequence[Shortfall] = ()


@dataclass
class Preface:
    """The data of a source that comes before its clients. A source that `is_live` may change while it is read.

    `contact_users` are contact-type users, with their ids; `field_errors` are their values that cannot be read, each
    with the id. `left_out` are values that are known not to be imported.
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
    """A source. `keys` gives its own name for each attribute."""

    keys: dict[str, str]

    async def preface(self) -> Preface: ...
    def pages(self, first: int) -> AsyncIterator[Page]: ...
    async def fetch(self, document_id: int, file: IO[bytes], limit: int) -> bool: ...
