"""The page of what integrations still send in each dialect, by route, with its counterpart in the other dialect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.access import usage, usage_names
from core.access.usage import DAY
from core.access.usage_names import CALL
from core.models.operating_records import UsageNameRecord, UsageRecord
from core.text.clock import now
from gateway.pages.bridge.client_dialects import ClientDialect
from gateway.pages.bridge.member_pages import PageRequest
from gateway.pages.bridge.numbers import page_number
from gateway.pages.bridge.pages import Page
from gateway.reference.counterparts import Counterparts

PERIODS = (7, 30, 90, 365)
_DEFAULT_DAYS = 30
_MAX_NAMES = 2000
KINDS: Mapping[str, str] = {"body": "field", "query": "parameter", "include": "include", "sort": "sorting"}


@dataclass
class UsedName:
    """A name that keys sent to an operation: its counterpart, the keys, and the time of the last call."""

    kind: str
    name: str
    there: Sequence[str]
    by: list[str] = field(default_factory=list)
    last_at: int = 0


@dataclass
class UsedRoute:
    """An operation that was called: by which keys, how often, and with which names."""

    method: str
    route: str
    there: str
    calls: int = 0
    errors: int = 0
    last_at: int = 0
    keys: list[tuple[int, str, int]] = field(default_factory=list)
    names: dict[tuple[str, str], UsedName] = field(default_factory=dict)


class UsagePage:
    """The page of usage."""

    def __init__(self, client_dialects: Sequence[ClientDialect]) -> None:
        self._prefixes: Mapping[str, str] = {
            client_dialect.dialect.name: client_dialect.dialect.prefix for client_dialect in client_dialects
        }
        pairs = [
            (one.dialect, other.dialect) for one in client_dialects for other in client_dialects if one is not other
        ]
        # The first other dialect; there are only two at present.
        self._counterparts = {one.name: (other, Counterparts(one, other)) for one, other in reversed(pairs)}

    def show(self, page_request: PageRequest) -> Page:
        """Return the page with every route of a dialect that was called recently, the most called first."""
        requested = page_request.query.get("dialect", "")
        dialect = requested if requested in self._prefixes else next(iter(self._prefixes), "")
        days = page_number(page_request.query.get("days", str(_DEFAULT_DAYS)))
        days = days if days in PERIODS else _DEFAULT_DAYS
        other = self._counterparts.get(dialect)
        since = now() - (days - 1) * DAY
        names = usage_names.list_all(page_request.connection, page_request.member.company_id, since)
        names = [each for each in names if each["dialect"] == dialect and each["kind"] != CALL]
        values = {
            "routes": self._routes(page_request, dialect, since, names[:_MAX_NAMES]),
            "more": max(0, len(names) - _MAX_NAMES),
            "prefixes": self._prefixes,
            "dialect": dialect,
            "other": other[0].prefix if other else "",
            "days": days,
            "periods": PERIODS,
            "kinds": KINDS,
        }
        return Page("usage.html", values)

    def _routes(
        self, page_request: PageRequest, dialect: str, since: int, names: Sequence[UsageNameRecord]
    ) -> list[UsedRoute]:
        found: dict[tuple[str, str], UsedRoute] = {}
        for row in usage.list_all(page_request.connection, page_request.member.company_id, since, dialect):
            route = found.setdefault((row["method"], row["route"]), self._route(dialect, row["method"], row["route"]))
            route.calls += row["calls"]
            route.errors += row["errors"]
            route.last_at = max(route.last_at, row["last_at"])
            route.keys.append((row["token_id"], _key(row), row["calls"]))
        for each in names:
            # An operation named by `_method` has no calls of its own: they are counted under the method that was sent.
            meant = self._route(dialect, each["method"], each["route"])
            self._add(found.setdefault((each["method"], each["route"]), meant), dialect, each)
        return sorted(found.values(), key=lambda route: -route.calls)

    def _route(self, dialect: str, method: str, route: str) -> UsedRoute:
        other = self._counterparts.get(dialect)
        return UsedRoute(method, route, other[1].route_of(method, route) if other else "")

    def _add(self, route: UsedRoute, dialect: str, sent: UsageNameRecord) -> None:
        kind, name = sent["kind"], sent["name"]
        used = route.names.get((kind, name))
        if used is None:
            other = self._counterparts.get(dialect)
            there = other[1].of(route.method, route.route, kind, name) if other else []
            used = route.names[kind, name] = UsedName(kind, name, there)
        used.by.append(_key(sent))
        used.last_at = max(used.last_at, sent["last_at"])


def _key(row: UsageRecord | UsageNameRecord) -> str:
    return row["key"] or f"key {row['token_id']}"
