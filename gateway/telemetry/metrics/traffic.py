"""Metrics of requests: how many, how they ended and how long they took, in memory, without a lock.

Everything here happens on the event loop. A request costs a look-up in a dictionary and two additions; the rest is done
when Prometheus scrapes.
"""

from bisect import bisect_left
from dataclasses import dataclass, field

from dialects.shared.served import Served

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the histogram's buckets in seconds; one more bucket has none."""

Labels = tuple[str, str, str, int]
"""Dialect, route, method and status: few of each. Routes are templates; a verb that is no resource's is `_OTHER`."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER = "_OTHER"  # OpenTelemetry's name for it


@dataclass
class Traffic:
    """An observer of requests. For each series: requests by bucket, then their total seconds."""

    series: dict[Labels, list[float]] = field(default_factory=dict)

    def __call__(self, served: Served) -> None:
        """Count a request that is over."""
        method = served.method if served.method in _METHODS else _OTHER
        labels = (served.dialect, served.route, method, served.status)
        numbers = self.series.get(labels)
        if numbers is None:
            numbers = self.series[labels] = [0] * (len(BOUNDS) + 2)
        numbers[bisect_left(BOUNDS, served.seconds)] += 1
        numbers[-1] += served.seconds
