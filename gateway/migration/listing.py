"""Lists of the documented APIs, one page at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from gateway.migration.remote import Remote, SourceFailed

NOT_FOUND = (404,)


@dataclass(frozen=True)
class Figures:
    """The `meta` of a page: the last page, all items, and items per page; None if unknown."""

    last: int | None
    total: int | None
    size: int | None


@dataclass(frozen=True)
class Listing:
    """A list of a documented API: its path, its query, and how its answers are parsed.

    `figures` parses a page's `meta`, and raises KeyError or TypeError if it is invalid. `number_of` returns the id of
    an item, None if it has none that can be read; `label` is the id in the source's form. `path_of` is the path of a
    single item, if there is one.
    """

    noun: str
    path: str
    query: Mapping[str, Any]
    figures: Callable[[Mapping[str, Any]], Figures]
    number_of: Callable[[Any], int | None]
    label: Callable[[int], str] = str
    path_of: Callable[[int], str] | None = None
    show_query: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ListPage:
    """A page of a list, as the source answered it. `number` counts from 1."""

    number: int
    items: list[Any]
    figures: Figures

    def only(self, items: list[Any]) -> "ListPage":
        """Return the same page with these of its items."""
        return replace(self, items=items)


def whole(value: Any) -> int | None:
    """Return a count of the source, which may be text; None if it is missing. Raises TypeError for anything else."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    raise TypeError(value)


def id_number(item: Any) -> int | None:
    """Return the id of an item of /api."""
    found = item.get("id") if isinstance(item, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def fingerprint(item: Any) -> int:
    """Return what distinguishes two versions of an item."""
    return hash(orjson.dumps(item, option=orjson.OPT_SORT_KEYS))


async def read_page(remote: Remote, listing: Listing, number: int, optional: bool = False) -> ListPage | None:
    """Return one page; None if there is no such list and it is `optional`. Raises `SourceFailed`."""
    answer = await remote.json(listing.path, {**listing.query, "page": number}, NOT_FOUND if optional else ())
    if answer is None:
        return None
    try:
        items = answer["data"]
        if not isinstance(items, list):
            raise TypeError(items)
        return ListPage(number, items, listing.figures(answer["meta"]))
    except (KeyError, TypeError) as error:
        raise SourceFailed(
            f"The system at {remote.url}{listing.path} does not answer with a list as documented."
        ) from error


async def read_item(remote: Remote, listing: Listing, number: int) -> Any:
    """Return one item by its id; None if the source has none. Raises `SourceFailed`."""
    assert listing.path_of is not None
    refused = range(400, 500)
    answer = await remote.json(listing.path_of(number), listing.show_query or {}, refused)
    item = answer.get("data") if isinstance(answer, Mapping) else None
    return item if item is not None and listing.number_of(item) == number else None
