"""A spreadsheet as a source of clients."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import IO

from core.importing.incoming import FieldError
from core.text.plural import counted
from gateway.migration.native import PAGE, chunked
from gateway.migration.remote import SourceFailed
from gateway.migration.source import Page, ParsedClient, Preface
from gateway.migration.spreadsheets.amounts import COMMA
from gateway.migration.spreadsheets.headers import Columns, columns_of
from gateway.migration.spreadsheets.judging import FirstRows, Judgement, judge, judged_rows, named_cells
from gateway.migration.spreadsheets.keys import every_key, own_key
from gateway.migration.spreadsheets.layout import Row, check_first
from gateway.migration.spreadsheets.row_reader import ReadRow, RowReader, client_of

_MAX_ABOVE = 20  # rows that are searched for the names of columns


@dataclass(frozen=True)
class Options:
    """The user's options for a file. `match` are the columns by which existing clients are found."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    match: tuple[str, ...] = ()
    decimal: str | None = None


class Spreadsheet:
    """A source of rows; the first non-empty row names the columns.

    `read` returns them from the beginning each time it is called; `separator` is between their cells. Columns that are
    missing leave their attributes unchanged; an empty cell of text empties the attribute.
    """

    _columns: Columns
    _reader: RowReader

    def __init__(self, read: Callable[[], Iterator[Row]], separator: str, options: Options, remark: str = "") -> None:
        self._read, self._separator, self._options, self._remark = read, separator, options, remark
        self._first, self._judged = FirstRows(), Judgement()
        self.keys: dict[str, str] = {}

    async def preface(self) -> Preface:
        """Read and check everything. Raises `SourceFailed` for problems of the whole file."""
        rows = self._read()
        head = next((row for row in rows if not row.is_blank), None)
        if head is None:
            raise SourceFailed("The file is empty: it names no known column.")
        following = list(islice(rows, _MAX_ABOVE))
        if not self._options.mapping:
            check_first(head, following)
        self._judged.blank = head.number - 1
        self._columns = columns_of(head.cells, self._options.mapping)
        judge(judged_rows(chain(following, rows), self._columns, self._judged), self._columns, self._first)
        decimal = self._options.decimal or self._judged.amounts.decimal(self._separator)
        self._reader = RowReader(self._columns, decimal)
        self.keys |= self._reader.labels()
        return Preface(remarks=list(self._remarks(decimal)), left_out=sum(self._judged.left_out.values()))

    async def pages(self, first: int) -> AsyncIterator[Page]:
        """Yield the non-empty rows, a few hundred per page."""
        rows = (row for row in self._read() if not row.is_blank)
        found = chunked(islice(rows, 1 + (first - 1) * PAGE, None), PAGE)
        for number, page in enumerate(found, first):
            yield Page([self.parsed(row) for row in page], number, self._judged.clients)

    def parsed(self, row: Row) -> ParsedClient:
        """Return the client of a row."""
        read = self._reader.read(row)
        keys = every_key(named_cells(row, self._columns))
        key = own_key(keys, self._options.match, read.errors.keys())
        errors = list(read.errors.values())
        refusal = self._refusal(key, read, row)
        if refusal is not None:
            return ParsedClient(None, errors, row=row.number, refusal=refusal)
        known_otherwise = None if key is None or key[0] == "id" else key
        return ParsedClient(client_of(read, known_otherwise), errors, row=row.number)

    async def fetch(self, document_id: int, file: IO[bytes], limit: int) -> bool:
        """Return False: rows have no documents."""
        return False

    def close(self) -> None:
        """Delete the notes about the rows."""
        self._first.close()

    def _refusal(self, key: tuple[str, str] | None, read: ReadRow, row: Row) -> FieldError | None:
        if "id" in read.errors:
            return read.errors["id"]
        if key is None:
            wanted = " or ".join(("id", *(self._options.match or ("number", "email", "name"))))
            return FieldError("row", "", f"it has no {wanted}, so a second import would not recognise it")
        first = self._first.of(key)
        if 0 < first < row.number:
            why = f"row {first} has the same; if these are two clients, give each a number or an id"
            return FieldError(self._reader.label(key[0]), key[1], why)
        return None

    def _remarks(self, decimal: str) -> Iterator[str]:
        if self._remark:
            yield self._remark
        if decimal == COMMA and self._judged.amounts.is_any:
            yield "Amounts are read with a decimal comma."
        for index, meant in self._columns.unknown.items():
            yield self._unknown(self._columns.headers[index].strip(), meant, self._judged.left_out[index])
        if blank := self._judged.blank:
            yield f"{counted(blank, 'row')} without content skipped."

    @staticmethod
    def _unknown(name: str, meant: str, cells: int) -> str:
        if not cells:
            return f"The column {name!r} is unknown and empty."
        if meant:
            return f"The column {name!r} is unknown and left out; did you mean {meant}? --map {f'{name}={meant}'!r}"
        return f"The column {name!r} is unknown and left out."
