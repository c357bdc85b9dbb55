"""Lists, as a table or as JSON. A listing shows the columns it names and no other, so no secret can slip out."""

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
    """One column: its key in JSON, and how to read it from a record (by the key, unless another way is given)."""

    key: str
    read: Callable[[Record], Any] | None = None

    def value(self, record: Record) -> Any:
        """Return what a record has in this column."""
        return self.read(record) if self.read else record[self.key]


def time(key: str) -> Column:
    """Return a moment in ISO 8601 UTC; null where it has not come."""
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
        from gateway.cli.terminal_table import print_table  # what draws it takes longer to import than a list to read

        print_table(heads, cells)
    else:
        typer.echo("\n".join(_aligned([heads, *cells])))


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Columns side by side, as wide as they need to be: a pipe has no edge to wrap at."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else plain(str(value))


def plain(text: str) -> str:
    """Text from outside as a terminal may show it: nothing in it steers that."""
    return "".join(character if character.isprintable() else " " for character in text)
