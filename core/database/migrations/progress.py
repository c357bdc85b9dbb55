"""The progress of a long migration."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with a description, the amount done and the total; both are 0 if the step is not divided."""


def silent(_about: str, _done: int, _total: int) -> None:
    """Do nothing."""
