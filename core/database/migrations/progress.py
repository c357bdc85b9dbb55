"""How a long migration says how far it is."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with what is done, and how much of how much of it; 0 of 0 where it is one piece."""


def silent(_about: str, _done: int, _total: int) -> None:
    """Tell nobody."""
