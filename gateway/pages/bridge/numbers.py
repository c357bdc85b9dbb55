"""Numbers and cursors in addresses."""

from core.errors import NotFound
from core.events.page_cursors import PageCursor
from schemas.types import MAX_ID


def number(text: str) -> int:
    """Return an id in a path. Raises `NotFound` if the text is not an id."""
    found = number_or_none(text)
    if found is None:
        raise NotFound("record")
    return found


def number_or_none(text: str) -> int | None:
    """Return an id or a time in an address; None for anything else."""
    found = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
    return found if 0 < found <= MAX_ID else None


def page_number(text: str) -> int:
    """Return the number of a page of results; the first page for anything else."""
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 10 else 1


def parse_cursor(text: str) -> PageCursor | None:
    """Return the cursor that `format_cursor` wrote; None, which is the first page, for anything else."""
    at, identity = map(number_or_none, text.partition("-")[::2])
    return PageCursor(at, identity) if at and identity else None


def format_cursor(place: PageCursor) -> str:
    """Return a cursor as text in an address."""
    return f"{place.at}-{place.id}"
