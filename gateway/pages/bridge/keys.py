"""The page of a company's keys and their usage."""

from collections.abc import Mapping, Sequence

from core.access import keys, usage
from core.access.usage import DAY
from core.text.clock import now
from gateway.pages.bridge.client_dialects import ClientDialect
from gateway.pages.bridge.member_pages import PageRequest
from gateway.pages.bridge.pages import Page
from gateway.pages.bridge.plot import HEIGHT, LEFT, RIGHT, WIDTH, plot

DAYS = 30
_MAX_ROWS = 200  # rows of a table


class Keys:
    """The page of keys and usage."""

    def __init__(self, client_dialects: Sequence[ClientDialect]) -> None:
        self._prefixes: Mapping[str, str] = {
            client_dialect.dialect.name: client_dialect.dialect.prefix for client_dialect in client_dialects
        }

    def show(self, page_request: PageRequest) -> Page:
        """Return the page with every key, newest first, a plot of recent calls, and each route that was called."""
        until = now()
        since = until - (DAYS - 1) * DAY
        company = page_request.member.company_id
        days = usage.by_day(page_request.connection, company, since)
        routes = usage.list_all(page_request.connection, company, since)
        calls: dict[int, int] = {}
        last: dict[int, int] = {}
        for row in routes:
            calls[row["token_id"]] = calls.get(row["token_id"], 0) + row["calls"]
            last[row["token_id"]] = max(last.get(row["token_id"], 0), row["last_at"])
        values = {
            "keys": keys.list_all(page_request.connection, company)[: -_MAX_ROWS - 1 : -1],
            "calls": calls,
            "last": last,
            "routes": routes[:_MAX_ROWS],
            "more": max(0, len(routes) - _MAX_ROWS),
            "days": days,
            "number_of_days": DAYS,
            "prefixes": self._prefixes,
            "plot": plot(days, self._prefixes, until, DAYS),
            "at": until,
            "size": (WIDTH, HEIGHT),
            "edges": (LEFT, WIDTH - RIGHT),
        }
        return Page("keys.html", values)
