"""`gateway import csv` and `gateway import xlsx`: imports clients from spreadsheets."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from typing import IO, Annotated

import typer

from gateway.cli.importing import AsJson, DryRun, OpenSource, app, run
from gateway.cli.parameters import Company
from gateway.migration.remote import SourceFailed
from gateway.migration.source import Source
from gateway.migration.spreadsheets import encodings, headers, layout, workbook
from gateway.migration.spreadsheets.keys import MATCHES
from gateway.migration.spreadsheets.layout import SEPARATORS, Layout
from gateway.migration.spreadsheets.source import Options, Spreadsheet

__all__ = ["app"]

_DECIMALS = {"comma": ",", ",": ",", "point": ".", ".": "."}


def _match(text: str) -> str:
    wanted = [headers.meant(each.strip()) for each in text.split(",")]
    if not set(wanted) <= set(MATCHES):
        raise typer.BadParameter(f"Clients are matched by {', '.join(MATCHES)}.")
    return ",".join(wanted)


def _mapping(text: str) -> str:
    if "=" not in text:
        raise typer.BadParameter("Write a header and a column, as in 'Firma=name'.")
    return text


def _decimal(text: str) -> str:
    if text.casefold() not in _DECIMALS:
        raise typer.BadParameter("The decimal sign is comma or point.")
    return _DECIMALS[text.casefold()]


def _encoding(text: str) -> str:
    try:
        return encodings.named(text)
    except LookupError as error:
        raise typer.BadParameter(f"There is no encoding {text!r}.") from error


def _separator(text: str) -> str:
    try:
        return layout.separator_named(text)
    except ValueError as error:
        raise typer.BadParameter("A separator is comma, semicolon, tab, pipe or another single character.") from error


File = Annotated[typer.FileBinaryRead, typer.Argument(metavar="FILE", help="The file; `-` for standard input.")]
Match = Annotated[
    str | None,
    typer.Option(
        parser=_match,
        metavar="COLUMNS",
        help="The columns that identify a row without `id`: by default number, email or name.",
    ),
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        parser=_mapping,
        metavar="HEADER=COLUMN",
        help="The meaning of a column; nothing after = leaves it out.",
    ),
]
Decimal = Annotated[
    str | None, typer.Option(parser=_decimal, metavar="comma|point", help="The decimal sign, if it is not detected.")
]


@app.command()
def csv(
    file: File,
    match: Match = None,
    mapping: Map = None,
    separator: Annotated[
        str | None, typer.Option(parser=_separator, metavar="SIGN", help="The separator between cells.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(parser=_encoding, metavar="NAME", help="The encoding, such as windows-1252.")
    ] = None,
    decimal: Decimal = None,
    company: Company = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import the clients of a spreadsheet.

    The file has one client in each row, with some or all columns of `gateway export csv`. Separator, encoding and
    decimal sign are detected; columns are recognised by their usual names in English, German, French and Spanish. The
    whole file is read before anything is stored. A row is matched with a client by id, number, email or name; without a
    match it is a new client. The exit status is 3 if anything was left out; the report says what and why.

    \b
    Example:
      gateway import csv clients.csv --dry-run
      gateway import csv kunden.csv --map "Betrieb=name" --map "Fax=" --match vat_number
    """
    options = _options(match, mapping, decimal)

    @contextmanager
    def opened(spooled: IO[bytes]) -> Iterator[Spreadsheet]:
        if workbook.is_workbook(spooled):
            raise SourceFailed("The file is a workbook, not CSV; use `gateway import xlsx`.")
        found = encodings.checked(spooled, encoding) if encoding else encodings.recognised(spooled)
        laid_out = layout.recognised(spooled, found, separator)
        yield Spreadsheet(
            partial(layout.rows, spooled, laid_out), laid_out.separator, options, _layout_in_words(laid_out)
        )

    run(_source(file, opened), company, dry_run, as_json, complete=True)


@app.command()
def xlsx(
    file: File,
    sheet: Annotated[
        str | None, typer.Option(metavar="NAME", help="The sheet to read; the first one unless given.")
    ] = None,
    match: Match = None,
    mapping: Map = None,
    decimal: Decimal = None,
    company: Company = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import the clients of a workbook (XLSX).

    The workbook is read as `gateway import csv` reads a CSV file.

    \b
    Example:
      gateway import xlsx clients.xlsx --dry-run
    """
    options = _options(match, mapping, decimal)

    @contextmanager
    def opened(spooled: IO[bytes]) -> Iterator[Spreadsheet]:
        with workbook.as_csv(spooled, sheet) as (converted, remark):
            laid_out = Layout(workbook.CSV_ENCODING, workbook.CSV_SEPARATOR)
            yield Spreadsheet(partial(layout.rows, converted, laid_out), laid_out.separator, options, remark)

    run(_source(file, opened), company, dry_run, as_json, complete=True)


def _options(match: str | None, mapping: list[str] | None, decimal: str | None) -> Options:
    pairs = (each.rpartition("=") for each in mapping or ())
    matches = tuple(match.split(",")) if match else ()
    return Options({header: column.strip() for header, _, column in pairs}, matches, decimal)


def _source(file: IO[bytes], opened: Callable[[IO[bytes]], AbstractContextManager[Spreadsheet]]) -> OpenSource:
    @asynccontextmanager
    async def open_source() -> AsyncIterator[Source]:
        # Spooled, because it is read twice, to check it and to import it, and standard input can be read only once.
        with tempfile.TemporaryFile() as spooled:
            shutil.copyfileobj(file, spooled)
            with opened(spooled) as source:
                try:
                    yield source
                finally:
                    source.close()

    return open_source


def _layout_in_words(laid_out: Layout) -> str:
    """Return how a file is read, unless it has the format of `gateway export csv`."""
    if laid_out.separator == "," and laid_out.encoding.startswith("utf-8"):
        return ""
    sign = SEPARATORS.get(laid_out.separator, repr(laid_out.separator))
    return f"The file is read as CSV in {encodings.in_words(laid_out.encoding)}, separated by {sign}."
