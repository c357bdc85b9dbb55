"""How long something lasts and when it ends, as people write it: `7d`, `2027-01-31`."""

from contextlib import suppress

from core.text.clock import now, parse_duration
from schemas.errors import BrokenRule
from schemas.types import IsoTime


def duration(text: str) -> int:
    """Minutes, hours, days or weeks, as in `30m`, `12h`, `7d`, `2w`, or 0, as microseconds.

    Raises `ValueError` with a sentence for whoever wrote it.
    """
    if text.strip() == "0":
        return 0
    try:
        return parse_duration(text.strip())
    except ValueError:
        raise ValueError("Say how long in minutes, hours, days or weeks: 30m, 12h, 7d, 2w.") from None


def future(text: str) -> int:
    """Return a date or time that has not come, or how long from now (`90d`), as microseconds since the epoch.

    Raises `ValueError` with a sentence for whoever wrote it.
    """
    with suppress(ValueError):
        return now() + parse_duration(text.strip())
    try:
        at = int(IsoTime().parse(text))
    except BrokenRule as broken:
        raise ValueError("Name a date or time, such as 2027-01-31, or a duration such as 90d.") from broken
    if at <= now():
        raise ValueError("That time is over. Name one that has not come, or a duration such as 90d.")
    return at
