"""Times and durations as words of the command line."""

from collections.abc import Callable

import typer

from schemas import spans


def duration(text: str) -> int:
    """Minutes, hours, days or weeks, as in `30m`, `12h`, `7d`, `2w`, or 0, as microseconds."""
    return _parsed(spans.duration, text)


def future(text: str) -> int:
    """Return a date or time that has not come, or how long from now (`90d`), as microseconds since the epoch."""
    return _parsed(spans.future, text)


def _parsed(parse: Callable[[str], int], text: str) -> int:
    try:
        return parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
