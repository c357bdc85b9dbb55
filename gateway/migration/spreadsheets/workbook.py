"""Workbooks (XLSX, ECMA-376): converted to CSV, which is then read as any other CSV file; and written.

A workbook is a zip file of XML; its unpacked size is limited before anything is unpacked.
"""

import csv
import io
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import IO, Any

from core.operations.outputs import NotWritten
from gateway.migration.remote import SourceFailed
from gateway.migration.spreadsheets.formulas import NO_RESULT, without_results

CSV_ENCODING, CSV_SEPARATOR = "utf-8", ","
_OLD = bytes.fromhex("d0cf11e0")  # the beginning of .xls files, and of encrypted .xlsx files
_ZIP = b"PK"
_MAX_UNPACKED = 1024 * 1024 * 1024  # bytes of the whole workbook
_MAX_PART = 64 * 1024 * 1024  # bytes of parts that are read at once: shared texts, styles
_MAX_ROWS, _MAX_COLUMNS = 1_048_576, 1000
_MAX_CELL = 32_767  # characters that a cell holds
_NUMBER = re.compile(r"-?(?=[0-9.]{1,15}$)[0-9]+(\.[0-9]+)?")  # a number in a cell keeps fifteen digits
_PADDED = re.compile("0{2,}")
_PERCENT = re.compile(r"#?#?0(\.0+)?\s?%")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TO_ESCAPE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def is_workbook(file: IO[bytes]) -> bool:
    """Return whether a file begins like a workbook, new or old."""
    file.seek(0)
    return file.read(4).startswith((_OLD, _ZIP))


@contextmanager
def as_csv(file: IO[bytes], sheet: str | None) -> Iterator[tuple[IO[bytes], str]]:
    """Return one sheet of a workbook, by default the first, as CSV, and a remark about the other sheets.

    Raises `SourceFailed` if it is not a workbook, has no such sheet, or is too large.
    """
    _check(file)
    with tempfile.TemporaryFile() as converted, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings about parts that do not concern cells
        try:
            remark = _convert(file, sheet, converted)
        except SourceFailed:
            raise
        except Exception as error:  # the library raises errors of XML, zip or its own kinds
            raise SourceFailed(
                f"The file is not a complete XLSX workbook: {_short(error)}. Nothing was imported."
            ) from error
        yield converted, remark


def written(rows: Iterable[Sequence[str]], numbers: frozenset[int]) -> Iterator[bytes]:
    """Yield a workbook of rows, in pieces. Cells are text, except in the columns of `numbers` if a number is exact."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Clients")
    sheet.freeze_panes = "A2"
    try:
        for row in rows:
            sheet.append([_cell(sheet, text, index in numbers) for index, text in enumerate(row)])
    finally:
        sheet.close()
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        yield from iter(lambda: file.read(2**16), b"")


def _check(file: IO[bytes]) -> None:
    file.seek(0)
    if file.read(4) == _OLD:
        raise SourceFailed("The file is an old or an encrypted workbook; save it as XLSX without a password.")
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if "mimetype" in archive.namelist():
                raise SourceFailed("The file is an OpenDocument spreadsheet; save it as XLSX.")
    except zipfile.BadZipFile as error:
        raise SourceFailed(
            f"The file is not a complete XLSX workbook: {_short(error)}. Nothing was imported."
        ) from error
    sizes = [part.file_size for part in parts if not part.filename.startswith("xl/worksheets/")]
    if sum(part.file_size for part in parts) > _MAX_UNPACKED or max(sizes, default=0) > _MAX_PART:
        raise SourceFailed("The workbook is too large; save the sheet as CSV, and use `gateway import csv`.")


def _convert(file: IO[bytes], name: str | None, converted: IO[bytes]) -> str:
    from openpyxl import load_workbook

    file.seek(0)
    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    names = [each.title for each in book.worksheets]
    if not names or (name is not None and name not in names):
        raise SourceFailed(f"There is no sheet {name!r}; the sheets are {', '.join(map(repr, names)) or 'none'}.")
    chosen = name if name is not None else _first_sheet(book)
    sheet = book[chosen]
    formulas = without_results(file, sheet._worksheet_path)
    text = io.TextIOWrapper(converted, CSV_ENCODING, newline="")
    writer = csv.writer(text)
    for row in _rows(sheet, formulas):
        writer.writerow(row)
    text.flush()
    text.detach()
    others = ", ".join(_sheet_name(each) for each in book.worksheets if each.title != chosen)
    return f"The sheet {chosen!r} is read; choose another one with --sheet: {others}." if others and not name else ""


def _first_sheet(book: Any) -> str:
    """Return the first visible sheet with content, else the first one."""
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible" and any(any(row) for row in sheet.iter_rows(values_only=True)):
            return str(sheet.title)
    return str(book.worksheets[0].title)


def _sheet_name(sheet: Any) -> str:
    return repr(sheet.title) if sheet.sheet_state == "visible" else f"{sheet.title!r} (hidden)"


def _rows(sheet: Any, formulas: frozenset[str]) -> Iterator[list[str]]:
    sheet.reset_dimensions()  # the size that a workbook declares may be wrong
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if number > _MAX_ROWS or len(cells) > _MAX_COLUMNS:
            raise SourceFailed(f"Row {number} is beyond the limit of {_MAX_ROWS} rows or {_MAX_COLUMNS} columns.")
        row = [NO_RESULT if getattr(cell, "coordinate", "") in formulas else _text(cell) for cell in cells]
        while row and not row[-1]:
            row.pop()
        yield row


def _text(cell: Any) -> str:
    """Return what a person sees in a cell: numbers with a decimal point, times in ISO 8601."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, float | int) and (percent := _PERCENT.fullmatch(cell.number_format or "")):
        return f"{Decimal(repr(value)) * 100:.{len(percent[1] or '.') - 1}f}%"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        padded = _PADDED.fullmatch(cell.number_format or "")
        return f"{value:0{len(padded[0])}d}" if padded else str(value)
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second or value.microsecond):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value))


def _duration(value: timedelta) -> str:
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def _cell(sheet: Any, text: str, is_number: bool) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if is_number and _NUMBER.fullmatch(text):
        return WriteOnlyCell(sheet, float(text) if "." in text else int(text))
    if len(text) > _MAX_CELL:
        size = f"{text[:20]!r}… has {len(text)} characters"
        raise NotWritten(f"{size}, and a cell of XLSX at most {_MAX_CELL}; export CSV instead")
    cell = WriteOnlyCell(sheet, _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text))
    cell.data_type = "s"  # whatever it begins with, it is not a formula
    cell.number_format = "@"
    return cell


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
