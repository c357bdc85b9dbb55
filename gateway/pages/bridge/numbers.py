"""Numbers in addresses."""

from core.errors import NotFound
from schemas.types import MAX_ID


def number(text: str) -> int:
    """An id as it stands in a path. Raises `NotFound` if the text is none."""
    found = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
    if not 0 < found <= MAX_ID:
        raise NotFound("record")
    return found


def page_number(text: str) -> int:
    """The number of a page of results; the first one for whatever is none."""
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 10 else 1
