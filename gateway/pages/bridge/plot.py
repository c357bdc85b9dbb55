"""The plot of calls per dialect and day: coordinates only, in units of its view box."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.access.usage import DAY, day_of
from core.query import Record
from core.text.clock import SECOND

WIDTH, HEIGHT = 960, 260
LEFT, RIGHT = 24, 76  # the scale is at the side of the latest days
_TOP, _BOTTOM = 12, 28
_WEEK = 7


@dataclass(frozen=True)
class Bar:
    """The calls of one dialect on one day: a rectangle, stacked on those of the dialects before it."""

    dialect: str
    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True)
class Plot:
    """The drawing: its bars, the lines at round numbers of calls, and the names of days."""

    bars: Sequence[Bar]
    levels: Sequence[tuple[float, str]]
    days: Sequence[tuple[float, str]]
    baseline: float


def plot(rows: Sequence[Record], dialects: Mapping[str, str], until: int, days: int) -> Plot:
    """Return the plot of `core.access.usage.by_day` for so many days, ending with the day of `until`.

    `dialects` are those to show, each with its prefix.
    """
    calls = {(row["day"], row["dialect"]): int(row["calls"]) for row in rows}
    shown = [day_of(until) - DAY * back for back in reversed(range(days))]
    highest = max((sum(calls.get((day, name), 0) for name in dialects) for day in shown), default=0)
    top = _round_up(highest)
    bars = [bar for at, day in enumerate(shown) for bar in _column(at, day, days, calls, dialects, top)]
    levels = [(_y(top * part // 4, top), f"{top * part // 4:,}") for part in range(1, 5)]
    named = [(_x(at, days), _name(day)) for at, day in enumerate(shown) if (days - 1 - at) % _WEEK == 0]
    return Plot(bars, levels, named, HEIGHT - _BOTTOM)


def _column(
    at: int,
    day: int,
    days: int,
    calls: Mapping[tuple[int, str], int],
    dialects: Mapping[str, str],
    top: int,
) -> list[Bar]:
    width, bars, below, floor = _step(days) * 0.7, [], 0, float(HEIGHT - _BOTTOM)
    for name, prefix in dialects.items():
        number = calls.get((day, name), 0)
        if number:
            below += number
            y = _y(below, top)
            words = f"{_name(day)}: {number:,} through {prefix}"
            bars.append(Bar(name, round(_x(at, days) - width / 2, 2), y, round(width, 2), round(floor - y, 2), words))
            floor = y
    return bars


def _step(days: int) -> float:
    return (WIDTH - LEFT - RIGHT) / days


def _x(at: int, days: int) -> float:
    return round(LEFT + (at + 0.5) * _step(days), 2)


def _y(number: int, top: int) -> float:
    return round(HEIGHT - _BOTTOM - number / top * (HEIGHT - _BOTTOM - _TOP), 2)


def _round_up(number: int) -> int:
    """Return the smallest of 4, 8, 12, 16, 20, 24, 32, 40, 80, 120, … that is not less.

    The quarters of these are round numbers.
    """
    scale = 1
    while number > 32 * scale:
        scale *= 10
    return next(step * scale for step in (4, 8, 12, 16, 20, 24, 32) if number <= step * scale)


def _name(day: int) -> str:
    return datetime.fromtimestamp(day // SECOND, UTC).strftime("%-d %b")
