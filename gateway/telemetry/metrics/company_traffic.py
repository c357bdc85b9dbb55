"""Metrics of requests by company (GATEWAY_METRICS_COMPANIES): how many, and how long they took.

Every worker counts each company. A scrape shows the companies that were seen first, which does not change while the
instance runs, and all others together. So the number of time series is bounded, and no counter goes back.
"""

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from dialects.shared.served import Served
from gateway.telemetry.metrics.traffic import BOUNDS

OTHERS = 0
"""Stands for all companies beyond the limit; no company has this id."""

_KEPT_FOR_EACH_SHOWN = 10

CompanySeries = dict[int, list[float]]
"""By company: when it was seen first (Unix time in seconds), its requests by bucket, the seconds of all of them."""


@dataclass
class CompanyTraffic:
    """An observer of requests that counts up to `shown` companies, and some more, separately."""

    shown: int
    series: CompanySeries = field(default_factory=dict)

    def __call__(self, served: Served) -> None:
        """Count a request that is over, if it belongs to a company."""
        if served.actor is not None:
            numbers = self._counters_of(served.actor.company_id)
            numbers[1 + bisect_left(BOUNDS, served.seconds)] += 1
            numbers[-1] += served.seconds

    def _counters_of(self, company_id: int) -> list[float]:
        numbers = self.series.get(company_id)
        if numbers is None:
            if len(self.series) >= self.shown * _KEPT_FOR_EACH_SHOWN:
                company_id = OTHERS
            numbers = self.series.setdefault(company_id, [time.time(), *_nothing()])
        return numbers


def shown(of_workers: Iterable[CompanySeries], most: int) -> dict[int, list[float]]:
    """Return requests by bucket and their seconds: of the `most` companies that were seen first, and of all others."""
    first_seen: dict[int, float] = {}
    total: dict[int, list[float]] = defaultdict(_nothing)
    for company_id, (at, *numbers) in (each for series in of_workers for each in series.items()):
        first_seen[company_id] = min(at, first_seen.get(company_id, at))
        total[company_id] = _sum(total[company_id], numbers)
    kept = sorted(first_seen.keys() - {OTHERS}, key=lambda each: (first_seen[each], each))[:most]
    found: dict[int, list[float]] = defaultdict(_nothing)
    for company_id, numbers in total.items():
        counted_as = company_id if company_id in kept else OTHERS
        found[counted_as] = _sum(found[counted_as], numbers)
    return dict(found)


def _nothing() -> list[float]:
    return [0] * (len(BOUNDS) + 2)


def _sum(one: Iterable[float], other: Iterable[float]) -> list[float]:
    return [a + b for a, b in zip(one, other, strict=True)]
