"""Lists, as a table or as JSON. A list shows only the columns that it names, so it cannot reveal a secret."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import typer

from core.query import Record
from schemas.types import IsoTime


@dataclass(frozen=True)
class Column:
    """A column: its key in JSON, and how to read it from a record (by the key by default)."""

    key: str
    read: Callable[[Record], Any] | None = None

    def value(self, record: Record) -> Any:
        """Return the value of a record in this column."""
        return self.read(record) if self.read else record[self.key]


def time(key: str) -> Column:
    """Return a column for a time in ISO 8601 UTC; null if it is not set."""
    return Column(key, lambda record: IsoTime().format(record[key]) if record[key] else None)


def show(records: Iterable[Record], columns: Sequence[Column], as_json: bool) -> None:
    """Print the records on standard output."""
    rows = [{column.key: column.value(record) for column in columns} for record in records]
    if as_json:
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
    else:
        _print_table(rows, [column.key for column in columns])


def show_lines(key: str, sentences: Iterable[str], as_json: bool) -> None:
    """Print sentences, one a line; as JSON, each under this key."""
    if as_json:
        show([{key: sentence} for sentence in sentences], [Column(key)], as_json)
        return
    for sentence in sentences:
        typer.echo(sentence)


def _print_table(rows: list[dict[str, Any]], keys: list[str]) -> None:
    heads = [key.replace("_", " ") for key in keys]
    cells = [[_cell(value) for value in row.values()] for row in rows]
    if sys.stdout.isatty():
        from gateway.cli.terminal_table import (
            print_table,
        )  # imported late: drawing takes longer to import than a list to read

        print_table(heads, cells)
    else:
        typer.echo("\n".join(_aligned([heads, *cells])))


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Return columns side by side, as wide as needed: a pipe has no width."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else plain(str(value))


def plain(text: str) -> str:
    """Return text without characters that could control a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)
