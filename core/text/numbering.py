"""The format of client numbers: `0001`, or with the digits, prefix and suffix of the system that was replaced."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_MAX_DIGITS = 15
_MAX_TEXT = 200  # characters around them
_DIGITS = re.compile("[0-9]+", re.ASCII)


@dataclass(frozen=True)
class NumberSequence:
    """The next free number, and the format of numbers; `width` is the least number of digits."""

    next: int = 1
    prefix: str = ""
    suffix: str = ""
    width: int = 4

    def written(self, value: int) -> str:
        """Return a number of the sequence as text."""
        return f"{self.prefix}{value:0{self.width}d}{self.suffix}"

    def value_of(self, number: str) -> int | None:
        """Return the value of a number of the sequence; None if it does not belong to the sequence."""
        digits = number[len(self.prefix) : len(number) - len(self.suffix)]
        if not _DIGITS.fullmatch(digits) or len(digits) > _MAX_DIGITS:
            return None
        return int(digits) if self.written(int(digits)) == number else None


@dataclass
class _Run:
    """Numbers that differ in one run of digits only."""

    count: int = 0
    last: int = 0
    padded: int = 0
    shortest: int = _MAX_DIGITS
    latest_client: int = 0

    def add(self, client_id: int, digits: str) -> None:
        self.count += 1
        self.last = max(self.last, int(digits))
        self.padded = max(self.padded, len(digits) if digits[0] == "0" else 0)
        self.shortest = min(self.shortest, len(digits))
        self.latest_client = max(self.latest_client, client_id)


@dataclass
class NumbersSeen:
    """Numbers of a source, and the sequence that most of them form."""

    _runs: dict[tuple[str, str], _Run] = field(default_factory=dict)

    def add(self, client_id: int, number: str) -> None:
        """Add a client's number."""
        for prefix, digits, suffix in _split(number):
            self._runs.setdefault((prefix, suffix), _Run()).add(client_id, digits)

    def sequence(self) -> tuple[NumberSequence, int]:
        """Return the sequence after its last number, and how many numbers belong to it."""
        if not self._runs:
            return NumberSequence(), 0
        around, run = max(self._runs.items(), key=lambda each: (each[1].count, each[1].latest_client))
        return NumberSequence(run.last + 1, *around, run.padded or run.shortest), run.count


def _split(number: str) -> Iterator[tuple[str, str, str]]:
    """Return a number's runs of digits, each with the text around it, the last run first."""
    for found in reversed(list(_DIGITS.finditer(number))):
        prefix, suffix = number[: found.start()], number[found.end() :]
        if len(found[0]) <= _MAX_DIGITS and len(prefix + suffix) <= _MAX_TEXT:
            yield prefix, found[0], suffix
