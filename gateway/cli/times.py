"""Times and durations on the command line."""

from collections.abc import Callable

import typer

from schemas import spans


def duration(text: str) -> int:
    """Parse minutes, hours, days or weeks (`30m`, `12h`, `7d`, `2w`), or 0, into microseconds."""
    return _parsed(spans.duration, text)


def future(text: str) -> int:
    """Parse a future date or time, or a duration from now (`90d`), into microseconds since the epoch."""
    return _parsed(spans.future, text)


def _parsed(parse: Callable[[str], int], text: str) -> int:
    try:
        return parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
