"""Parameters of several webhook commands."""

import typer

from core.events.webhooks import Event

_ALL = "all"


def events(text: str) -> list[Event]:
    """Parse a comma-separated list of events; `all` is an empty list, which stands for every event."""
    if text.strip() == _ALL:
        return []
    try:
        return [Event(each.strip()) for each in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"Name some of {', '.join(Event)}, or {_ALL}.") from None
