"""`gateway db`: a whole register from one database to another."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from core.database.database import Database
from core.database.register_file import sqlite_file
from core.operations.copying.objects import copy_objects
from core.operations.copying.register import copy as copy_register
from core.text.plural import counted
from gateway.cli.session import Refused, opened, opened_storage, refusals, say

app = typer.Typer(no_args_is_help=True, help="Move the register to another database.")


@app.callback()
def db() -> None:
    """Move the register to another database."""


@app.command()
def copy(
    source: Annotated[str, typer.Argument(metavar="SOURCE_URL", help="The database to copy, as GATEWAY_DATABASE_URL.")],
    target: Annotated[str, typer.Argument(metavar="TARGET_URL", help="An empty database, or an unfinished copy.")],
    storage: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="SOURCE TARGET", help="Copy documents' bytes too, from one GATEWAY_STORAGE_URL to another."
        ),
    ] = None,
) -> None:
    """Copy a whole register between SQLite and PostgreSQL: every row, id, key and sequence, compared at the end.

    Stop the gateways on the source first: what is written meanwhile is not copied. Interrupted, by whatever it may be,
    the same command goes on where it was, and no gateway serves the target until the copy is whole.

    \b
    Example:
      gateway db copy sqlite:///data/gateway.db postgresql://user:password@host/name
    """
    with refusals(), _both(source, target) as (original, emptied), _bars() as bars:
        sums = copy_register(original, emptied, bars.show)
        if storage is not None:
            there, here = (opened_storage(url, "--storage") for url in storage)
            count = asyncio.run(copy_objects(original, there, here, partial(bars.show, "copying", "bytes")))
    say(f"The target holds the same {counted(sum(each.rows for each in sums.values()), 'row')} in {len(sums)} tables.")
    if storage is not None:
        say(f"The bytes of {counted(count, 'document')} are copied.")


class _Bars:
    """A bar for every table that is copied or compared."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def show(self, act: str, table: str, done: int, total: int) -> None:
        task = self._tasks.get((act, table))
        if task is None:
            task = self._tasks[act, table] = self._progress.add_task(f"{act} {table}", total=total)
        self._progress.update(task, completed=done)


@contextmanager
def _bars() -> Iterator[_Bars]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield _Bars(progress)


@contextmanager
def _both(source: str, target: str) -> Iterator[tuple[Database, Database]]:
    _check(source, target)
    with closing(opened(source, "SOURCE_URL")) as original, closing(opened(target, "TARGET_URL")) as emptied:
        yield original, emptied


def _check(source: str, target: str) -> None:
    try:
        first, second = make_url(source), make_url(target)
    except ArgumentError as error:
        raise Refused("SOURCE_URL and TARGET_URL must be URLs of databases.") from error
    if first == second:
        raise Refused("SOURCE_URL and TARGET_URL name the same database.")
    if first.get_backend_name() == "sqlite" and not sqlite_file(first).is_file():
        raise Refused(f"SOURCE_URL: there is no file {sqlite_file(first)}.")
