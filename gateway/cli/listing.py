"""Lists, as a table or as JSON. A listing shows the columns it names and no other, so no secret can slip out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson
import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.query import Record
from schemas.types import IsoTime


@dataclass(frozen=True)
class Column:
    """One column: its key in JSON, and how to read it from a record (by the key, unless another way is given)."""

    key: str
    read: Callable[[Record], Any] | None = None

    def value(self, record: Record) -> Any:
        """What a record has in this column."""
        return self.read(record) if self.read else record[self.key]


def time(key: str) -> Column:
    """A moment in ISO 8601 UTC; null where it has not come."""
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


class _Console(Console):
    """A console that leaves a broken pipe to `gateway.cli.commands`, instead of ending the program with status 1."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


def _print_table(rows: list[dict[str, Any]], keys: list[str]) -> None:
    console = _Console()
    if not console.is_terminal:
        console = _Console(width=100_000)  # a pipe has no edge to wrap at
    table = Table(box=SIMPLE if console.is_terminal else None, pad_edge=False)
    for key in keys:
        table.add_column(key.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    console.print(table)


def _cell(value: Any) -> Text:
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    return Text("" if value is None else plain(str(value)))


def plain(text: str) -> str:
    """Text from outside as a terminal may show it: nothing in it steers that."""
    return "".join(character if character.isprintable() else " " for character in text)
