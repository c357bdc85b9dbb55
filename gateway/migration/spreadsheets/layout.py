"""The layout of a CSV file: its separator, and the hidden line `sep=;` that Excel reads."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

from gateway.migration.remote import SourceFailed
from gateway.migration.spreadsheets.headers import recognised_count

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "bar": "|"}
_SEPARATOR_LINE = re.compile(r'"?sep=([^\r\n])"?(\r\n|\r|\n|$)', re.IGNORECASE)
_SAMPLE = 2**16
_SAMPLE_ROWS = 50
_MAX_NAMED = 100


@dataclass(frozen=True)
class Layout:
    """Encoding and separator of a file. `has_separator_line` says that its first line gives the separator."""

    encoding: str
    separator: str
    has_separator_line: bool = False


@dataclass(frozen=True)
class Row:
    """A row with its number as spreadsheets show it: the names of the columns are row 1."""

    number: int
    cells: Sequence[str]

    @property
    def is_blank(self) -> bool:
        """Whether it has no content."""
        return not any(cell.strip() for cell in self.cells)


def check_first(head: Row, following: Iterable[Row]) -> None:
    """Refuse a file with a title or merged headings above the names of its columns. Raises `SourceFailed`."""
    known = recognised_count(head.cells)
    row = max(following, key=lambda each: recognised_count(each.cells), default=head)
    if recognised_count(row.cells) > max(known, 1):
        named = ", ".join(repr(cell.strip()) for cell in row.cells if cell.strip())
        raise SourceFailed(
            f"The names of the columns seem to be in row {row.number} ({_shortened(named)}): remove the rows above"
            " it. Nothing was imported."
        )


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_NAMED else f"{text[:_MAX_NAMED]}…"


def separator_named(name: str) -> str:
    """Return the separator with this name. Raises `ValueError`."""
    found = _NAMES.get(name.casefold(), name)
    if len(found) != 1 or found in '"\r\n' or found.isalnum():
        raise ValueError(name)
    return found


def recognised(file: IO[bytes], encoding: str, separator: str | None) -> Layout:
    """Return the layout of a file; a given `separator` is used."""
    with opened(file, encoding) as text:
        sample = text.read(_SAMPLE)
    found = _SEPARATOR_LINE.match(sample)
    if found and separator is None:
        return Layout(encoding, found[1], has_separator_line=True)
    rest = sample[found.end() :] if found else sample
    return Layout(encoding, separator or _separator_of(rest), has_separator_line=bool(found))


def rows(file: IO[bytes], layout: Layout) -> Iterator[Row]:
    """Yield all rows, including empty ones. Raises `SourceFailed` if the file is not CSV (RFC 4180)."""
    with opened(file, layout.encoding) as text:
        if layout.has_separator_line:
            text.readline()
        found = csv.reader(text, delimiter=layout.separator, strict=True)
        number, line = 0, 1
        try:
            for number, cells in enumerate(found, 1):
                yield Row(number, cells)
                line = found.line_num + 1
        except csv.Error as error:
            line += layout.has_separator_line
            raise SourceFailed(
                f"The file is not CSV in row {number + 1}, which begins at line {line}: {error}. Nothing was imported;"
                " look for a missing or superfluous quotation mark"
            ) from error


@contextmanager
def opened(file: IO[bytes], encoding: str) -> Iterator[IO[str]]:
    """Yield the text of a file, which stays open."""
    file.seek(0)
    text = io.TextIOWrapper(file, "utf-8-sig" if encoding == "utf-8" else encoding, newline="")
    try:
        yield text
    finally:
        with suppress(ValueError):  # a reader that stopped early may have closed the file
            text.detach()


def _separator_of(sample: str) -> str:
    def score(separator: str) -> tuple[int, float, int]:
        read = _sampled(sample, separator)
        if not read:
            return 0, 0, 0
        width = len(read[0])
        return recognised_count(read[0]), sum(len(cells) == width for cells in read) / len(read), width

    return max(SEPARATORS, key=score)


def _sampled(sample: str, separator: str) -> list[list[str]]:
    """Return the first rows as read with a separator, without empty ones."""
    found = []
    for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
        if any(cells):
            found.append(cells)
        if len(found) == _SAMPLE_ROWS:
            return found
    return found[:-1] if len(sample) == _SAMPLE else found
