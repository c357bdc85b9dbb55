"""Bars on standard error that show how far a long command has come."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Bars:
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
def bars_shown() -> Iterator[Bars]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield Bars(progress)
