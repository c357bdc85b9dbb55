"""Durations and end times as people write them: `7d`, `2027-01-31`."""

from contextlib import suppress

from core.text.clock import now, parse_duration
from schemas.errors import BrokenRule
from schemas.types import IsoTime


def duration(text: str) -> int:
    """Parse minutes, hours, days or weeks (`30m`, `12h`, `7d`, `2w`), or 0, into microseconds.

    Raises `ValueError` with a sentence for the user.
    """
    if text.strip() == "0":
        return 0
    try:
        return parse_duration(text.strip())
    except ValueError:
        raise ValueError("Give a duration in minutes, hours, days or weeks, such as 30m, 12h, 7d or 2w.") from None


def future(text: str) -> int:
    """Parse a future date or time, or a duration from now (`90d`), into microseconds since the epoch.

    Raises `ValueError` with a sentence for the user.
    """
    with suppress(ValueError):
        return now() + parse_duration(text.strip())
    try:
        at = int(IsoTime().parse(text))
    except BrokenRule as broken:
        raise ValueError("Give a date or time, such as 2027-01-31, or a duration such as 90d.") from broken
    if at <= now():
        raise ValueError("That time is in the past. Give one in the future, or a duration such as 90d.")
    return at
