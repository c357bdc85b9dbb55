"""Compares the items seen of a source's list with the source's own count."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from core.text.plural import counted
from gateway.migration.listing import Listing, ListPage, fingerprint

Key = int | tuple[str, int]
"""The id of an item; for one without an id, its fingerprint."""

_MAX_BORDER_GAP = 20  # ids between two pages; more are not requested one by one
_MAX_BORDERS = 200  # such ids of a whole list


@dataclass(frozen=True)
class Shortfall:
    """A list that was not seen completely. `missing` are ids that may be missing, in the source's form."""

    noun: str
    counted: int | None
    seen: int
    missing: tuple[str, ...] = ()
    unnamed: int = 0

    def __str__(self) -> str:
        if self.counted is None:
            return f"The source does not say how many {self.noun}s it has, and its pages do not show it: {self._seen()}"
        if self.seen > self.counted:
            return f"The source counts {counted(self.counted, self.noun)}, but shows more: {self._seen()}"
        which = ", ".join(self.missing) or "unknown"
        more = f" and {self.unnamed} more" if self.unnamed else ""
        total = counted(self.counted, self.noun)
        return f"The source counts {total}, but {self._seen()} Missing or unknown ids: {which}{more}."

    def _seen(self) -> str:
        return f"{self.seen} {'was' if self.seen == 1 else 'were'} seen."


@dataclass
class Tally:
    """The items of a list that were seen, over one or more passes.

    `seen` has every item ever shown, `still_listed` those shown since the source's total last shrank, `in_pass` those
    of the present pass.
    """

    listing: Listing
    total: int | None = None
    seen: dict[Key, int] = field(default_factory=dict)
    still_listed: set[Key] = field(default_factory=set)
    in_pass: set[Key] = field(default_factory=set)
    rows: int = 0
    largest_page: int = 0
    has_moved: bool = False
    _pages: list[tuple[int, int]] = field(default_factory=list)
    _last_pass: set[Key] = field(default_factory=set)

    def begin_pass(self) -> None:
        """Begin another pass over the list."""
        self._last_pass, self.in_pass, self.rows, self._pages = self.in_pass, set(), 0, []

    def take(self, page: ListPage) -> tuple[list[Any], bool]:
        """Return the items of a page that are new or have changed, and whether any is new to this pass."""
        self._note_total(page.figures.total)
        self.rows += len(page.items)
        self.largest_page = max(self.largest_page, len(page.items))
        before = len(self.in_pass)
        fresh = list(self._new_items(page.items))
        numbers = [number for item in page.items if (number := self.listing.number_of(item)) is not None]
        if numbers:
            self._pages.append((min(numbers), max(numbers)))
        return fresh, len(self.in_pass) > before

    def add(self, item: Any) -> None:
        """Add an item that was requested by id."""
        list(self._new_items([item]))

    def _note_total(self, total: int | None) -> None:
        if total is None:
            return
        if self.total is not None and total != self.total:
            self.has_moved = True
            if total < self.total:
                self.still_listed = set()  # one of these may have been removed, which shifts the following ones
        self.total = total

    def _new_items(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            digest = fingerprint(item)
            number = self.listing.number_of(item)
            key: Key = ("unnamed", digest) if number is None else number
            self.in_pass.add(key)
            self.still_listed.add(key)
            if self.seen.get(key) != digest:
                self.seen[key] = digest
                yield item

    def is_whole(self) -> bool:
        """Whether the list was seen completely, as far as the source's own count can prove it."""
        if self.total is None:
            return self.in_pass == self._last_pass
        if len(self._pages) <= 1 and self.rows == self.total:
            return True  # a single page cannot have shifted
        if len(self.still_listed) > self.total:
            self.still_listed = set(self.in_pass)  # some of those seen before were removed
        return len(self.still_listed) == self.total

    def numbers(self) -> list[int]:
        """Return the ids that were seen, ascending."""
        return sorted(key for key in self.seen if isinstance(key, int))

    def gaps(self) -> Iterator[int]:
        """Return the ids between those that were seen, ascending."""
        for before, after in pairwise(self.numbers()):
            yield from range(before + 1, after)

    def border_gaps(self) -> list[int]:
        """Return the ids between ascending pages, where an item is missed if one before it is removed meanwhile."""
        found: list[int] = []
        for (_, before), (after, _) in pairwise(self._pages):
            if 1 < after - before <= _MAX_BORDER_GAP + 1:
                found += [each for each in range(before + 1, after) if each not in self.seen]
        return found[:_MAX_BORDERS]
