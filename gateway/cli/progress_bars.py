"""Progress bars on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Bars:
    """A bar for each task; nothing is shown if there is none."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there is no bar."""
        return not self._tasks

    def show(self, act: str, table: str, done: int, total: int) -> None:
        """Show how many rows of a table are done; `act` is what is done with them, such as `copying`."""
        self.step(f"{act} {table}", done, total)

    def step(self, about: str, done: int, total: int) -> None:
        """Show how much of a task is done; a task without a total (0 of 0) has a moving bar."""
        task = self._tasks.get(about)
        if task is None:
            self._progress.start()
            task = self._tasks[about] = self._progress.add_task(about, total=total or None)
        self._progress.update(task, completed=done, total=total or None)


@contextmanager
def shown_bars() -> Iterator[Bars]:
    """Yield bars, which are shown while the block runs."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    progress = Progress(*columns, console=console, disable=not console.is_terminal)
    bars = Bars(progress)
    try:
        yield bars
    finally:
        if not bars.is_empty:
            progress.stop()
