"""Times and durations as words of the command line."""

import re

import typer

from core.text.clock import SECOND, now
from schemas.errors import BrokenRule
from schemas.types import IsoTime

_UNITS = {"m": 60, "h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}
_DURATION = re.compile(r"(\d{1,5})([mhdw])")


def duration(text: str) -> int:
    """Minutes, hours, days or weeks, as in `30m`, `12h`, `7d`, `2w`, or 0, as microseconds."""
    if text.strip() == "0":
        return 0
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter("Say how long in minutes, hours, days or weeks: 30m, 12h, 7d, 2w.")
    return int(found[1]) * _UNITS[found[2]] * SECOND


def future(text: str) -> int:
    """A date or time that has not come, or how long from now (`90d`), as microseconds since the epoch."""
    if _DURATION.fullmatch(text.strip()):
        return now() + duration(text)
    try:
        at = int(IsoTime().parse(text))
    except BrokenRule as broken:
        raise typer.BadParameter("Name a date or time, such as 2027-01-31, or a duration such as 90d.") from broken
    if at <= now():
        raise typer.BadParameter("That time is over. Name one that has not come, or a duration such as 90d.")
    return at
