"""Tables on a terminal, wrapped to its width."""

from collections.abc import Sequence
from typing import NoReturn

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text


class _Console(Console):
    """A console that leaves a broken pipe to `gateway.cli.commands`, instead of ending the program with status 1."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of plain text under their headings."""
    table = Table(box=SIMPLE, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    _Console().print(table)
