"""Reads a list of a source until it is complete, or no more items can be read.

Sources repeat pages, leave some empty, limit their size, and shift items to other pages when an earlier item is
removed. So every list is compared with the source's own total. If that does not match, or has changed, the list is read
again for missing items, and then the ids between those seen are requested one by one.
"""

from collections.abc import AsyncIterator, Callable
from itertools import count, islice
from typing import Any

from core.text.plural import counted
from gateway.migration.listing import Figures, Listing, ListPage, read_item, read_page
from gateway.migration.remote import Remote, SourceFailed
from gateway.migration.source import Page, ParsedClient
from gateway.migration.tally import Shortfall, Tally

_MAX_PASSES = 8
_MAX_IDLE = 3  # consecutive pages without anything new
_MAX_REQUESTED = 1000  # items requested by id after an incomplete list
_MAX_MISSES = 20  # consecutive missing ids after which no more are expected
_MAX_NAMED = 20  # ids named in a report


class ListReader:
    """Reads one list.

    After `pages` is exhausted, `exists` says whether there is such a list, `shortfall` what is missing.

    If it does not begin at the first page, the list is read once and not compared with the total.
    """

    def __init__(self, remote: Remote, listing: Listing, first: int = 1, optional: bool = False) -> None:
        self._remote = remote
        self._listing = listing
        self._first = first
        self._optional = optional
        self._tally = Tally(listing)
        self.page = first
        self._ended = True  # the end of the pass was not just a repeated page
        self._all_requested = False
        self.exists = True
        self.passes = 0
        self.gone = 0
        self.shortfall: Shortfall | None = None

    @property
    def total(self) -> int | None:
        """The total that the source reported last."""
        return self._tally.total

    async def pages(self) -> AsyncIterator[ListPage]:
        """Yield the pages, each with those of its items that are new or have changed."""
        async for page in self._passes():
            yield page
        if not self.exists or self._first > 1:
            return
        was_whole = self._is_whole()
        found = await self._look_up(was_whole)
        if found:
            yield ListPage(self.page, found, Figures(None, self._tally.total, None))
        self._conclude(was_whole)

    def remarks(self) -> list[str]:
        """Return remarks about a list that was read to its end."""
        if self._first > 1:
            return [f"Read from page {self._first} on, so it was not checked whether this is everything."]
        found = []
        if self.passes > 1:
            noun = self._listing.noun
            moved = f"The source's {noun}s changed or moved while they were read"
            found.append(f"{moved}, so they were read {self.passes} times.")
        if self.gone:
            gone = counted(self.gone, self._listing.noun)
            found.append(f"{gone} erased at the source while it was read, and kept here.")
        return found

    async def _passes(self) -> AsyncIterator[ListPage]:
        for _ in range(_MAX_PASSES):
            known, total = len(self._tally.seen), self._tally.total
            self._tally.begin_pass()
            self.passes += 1
            async for page in self._one_pass():
                yield page
            if not self.exists or self._first > 1 or self._tally.is_whole():
                return
            if self.passes > 1 and known == len(self._tally.seen) and total == self._tally.total:
                return

    async def _one_pass(self) -> AsyncIterator[ListPage]:
        idle, has_hole = 0, False
        for number in count(self._first):
            self.page = number
            page = await read_page(self._remote, self._listing, number, self._optional)
            if page is None:
                self.exists = False
                return
            fresh, progressed = self._tally.take(page)
            has_hole = has_hole or (progressed and idle > 0)
            idle = 0 if progressed else idle + 1
            if fresh:
                yield page.only(fresh)
            if self._is_over(page, idle):
                self._ended = not has_hole and self._is_an_end(page)
                return

    def _is_over(self, page: ListPage, idle: int) -> bool:
        """Return whether this page is the last of a pass; `idle` pages before it brought nothing new."""
        last, total = page.figures.last, self._tally.total
        if idle >= _MAX_IDLE or (last is not None and page.number < last):
            return idle >= _MAX_IDLE
        if last is None and (total is None or len(self._tally.in_pass) < total):
            return idle >= _MAX_IDLE - 1  # another page is read, because this one may be empty by mistake
        if total is not None and len(self._tally.in_pass) < total:
            return idle > 0
        return idle > 0 or len(page.items) < (page.figures.size or self._tally.largest_page)

    def _is_an_end(self, page: ListPage) -> bool:
        last, items = page.figures.last, page.items
        return not items or (last is not None and page.number >= last) or len(items) < self._tally.largest_page

    async def _look_up(self, is_whole: bool) -> list[Any]:
        """Return items that the pages did not show, requested by id, if the source answers requests by id at all."""
        numbers = self._tally.numbers()
        gaps = self._tally.border_gaps() if is_whole else list(islice(self._tally.gaps(), _MAX_REQUESTED + 1))
        if not numbers or (is_whole and not gaps) or self._listing.path_of is None:
            return []
        if await self._read_item(numbers[-1]) is None:
            return []
        found = [item for number in gaps[:_MAX_REQUESTED] if (item := await self._read_item(number)) is not None]
        self._all_requested = not is_whole and len(gaps) <= _MAX_REQUESTED
        for item in found:
            self._tally.add(item)
        return found if is_whole else [*found, *await self._read_after(numbers[-1])]

    async def _read_after(self, last: int) -> list[Any]:
        """Return items after the last one seen, as long as the source counts more than were seen."""
        found: list[Any] = []
        misses = 0
        for number in range(last + 1, last + 1 + _MAX_REQUESTED):
            if misses == _MAX_MISSES or self._tally.total is None or len(self._tally.seen) >= self._tally.total:
                break
            item = await self._read_item(number)
            misses = misses + 1 if item is None else 0
            if item is not None:
                self._tally.add(item)
                found.append(item)
        return found

    async def _read_item(self, number: int) -> Any:
        try:
            return await read_item(self._remote, self._listing, number)
        except SourceFailed:
            return None

    def _is_whole(self) -> bool:
        if self._tally.total is None and not self._ended:
            return False
        return self._tally.is_whole()

    def _conclude(self, was_whole: bool) -> None:
        tally, total = self._tally, self._tally.total
        moved = total is not None and tally.has_moved and len(tally.seen) >= total
        if was_whole or self._is_whole() or (moved and (self._all_requested or next(tally.gaps(), None) is None)):
            self.gone = max(0, len(tally.seen) - (len(tally.still_listed) if total is None else total))
            return
        gaps = list(islice(tally.gaps(), _MAX_REQUESTED))
        named = tuple(self._listing.label(each) for each in gaps[:_MAX_NAMED])
        self.shortfall = Shortfall(self._listing.noun, total, len(tally.seen), named, len(gaps) - len(named))


async def all_items(remote: Remote, listing: Listing, shortfalls: list[Shortfall]) -> list[Any]:
    """Return every item of a short list, none if the source has no such list.

    What cannot be read is added to `shortfalls`.
    """
    source_list = ListReader(remote, listing, optional=True)
    found = [item async for page in source_list.pages() for item in page.items]
    shortfalls += [source_list.shortfall] if source_list.shortfall else []
    return found


async def client_pages(source_list: ListReader, parse: Callable[[Any], ParsedClient]) -> AsyncIterator[Page]:
    """Yield the pages of a list of clients; the last one has the remarks about all of them."""
    async for page in source_list.pages():
        yield Page([parse(each) for each in page.items], page.number, page.figures.total)
    shortfalls = [source_list.shortfall] if source_list.shortfall else []
    yield Page((), source_list.page, source_list.total, source_list.remarks(), shortfalls)
