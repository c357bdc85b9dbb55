"""Numbers in addresses."""

from core.errors import NotFound
from core.events.page_cursors import PageCursor
from schemas.types import MAX_ID


def number(text: str) -> int:
    """Return an id as it stands in a path. Raises `NotFound` if the text is none."""
    found = number_or_none(text)
    if found is None:
        raise NotFound("record")
    return found


def number_or_none(text: str) -> int | None:
    """Return an id or a moment as it stands in an address; None for whatever is none."""
    found = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
    return found if 0 < found <= MAX_ID else None


def page_number(text: str) -> int:
    """Return the number of a page of results; the first one for whatever is none."""
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 10 else 1


def parse_cursor(text: str) -> PageCursor | None:
    """Return the place that `format_cursor` wrote; None, which is the beginning, for whatever is none."""
    at, identity = map(number_or_none, text.partition("-")[::2])
    return PageCursor(at, identity) if at and identity else None


def format_cursor(place: PageCursor) -> str:
    """Return a place as it stands in an address."""
    return f"{place.at}-{place.id}"
