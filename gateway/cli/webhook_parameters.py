"""Parameters of several webhook commands."""

from enum import StrEnum

import typer

from core.events.webhooks import Event

_ALL = "all"


class DialectName(StrEnum):
    """The dialects in which a webhook may receive clients."""

    API = "api"
    V1 = "v1"


def events(text: str) -> list[Event]:
    """Parse a comma-separated list of events; `all` is an empty list, which stands for every event."""
    if text.strip() == _ALL:
        return []
    try:
        return [Event(each.strip()) for each in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"Name some of {', '.join(Event)}, or {_ALL}.") from None
