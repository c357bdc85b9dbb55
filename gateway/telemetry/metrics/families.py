"""The metrics by name, made of the workers' figures and of the register's backlogs.

No label contains a key or a client; companies are shown only if GATEWAY_METRICS_COMPANIES is set. This module is
imported at the first scrape, because that takes longer than the rest of a start.
"""

import platform
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from core.database.migrations import head
from core.operations.backlogs import Backlog
from core.text.clock import SECOND, now
from gateway.telemetry.metrics.sharing import Snapshot
from gateway.telemetry.metrics.traffic import BOUNDS, Labels

_BUCKETS = [*map(str, BOUNDS), "+Inf"]
_NO_ROUTE = "other"


@dataclass(frozen=True, eq=False)
class Figures(Collector):
    """Everything that one scrape shows; `backlogs` is None if the register does not answer."""

    workers: Sequence[Snapshot]
    backlogs: Mapping[str, Backlog] | None
    engine: str
    companies: Mapping[tuple[str, str], Sequence[float]]
    """Requests by bucket and their seconds, by a company's id and name."""

    def collect(self) -> Iterator[Metric]:
        """Yield the metric families."""
        yield self._requests()
        if self.companies:
            yield self._requests_of_companies()
        alive = [worker for worker in self.workers if worker.is_alive]
        yield _gauge("gateway_requests_in_flight", "Requests being served.", sum(each.under_way for each in alive))
        yield _gauge("gateway_workers", "Worker processes of this instance.", len(alive))
        yield from _processes([worker.pid for worker in alive])
        yield from self._register()
        yield InfoMetricFamily("gateway_build", "What runs here.", value=self._build())

    def _requests(self) -> Metric:
        labels = ("dialect", "route", "method", "status")
        family = HistogramMetricFamily(
            "gateway_request_duration_seconds", "Requests, by how long they took.", labels=labels
        )
        for (dialect, route, method, status), numbers in sorted(_totals(self.workers).items()):
            family.add_metric([dialect, route or _NO_ROUTE, method, str(status)], _buckets(numbers), numbers[-1])
        return family

    def _requests_of_companies(self) -> Metric:
        family = HistogramMetricFamily(
            "gateway_company_request_duration_seconds",
            "Requests of companies, by how long they took.",
            labels=("company_id", "company"),
        )
        for labels, numbers in sorted(self.companies.items()):
            family.add_metric(labels, _buckets(numbers), numbers[-1])
        return family

    def _register(self) -> Iterator[Metric]:
        yield _gauge("gateway_register_up", "Whether the database answers.", int(self.backlogs is not None))
        if self.backlogs is None:
            return
        at = now()
        waiting, failing, dead, oldest = (
            GaugeMetricFamily(f"gateway_backlog_{name}", about, labels=("work",))
            for name, about in (
                ("waiting", "Pieces of work that wait to be done."),
                ("failing", "Those of them that have failed before."),
                ("dead", "What failed too often to be tried again."),
                ("oldest_seconds", "How long the oldest of them waits."),
            )
        )
        for work, backlog in self.backlogs.items():
            waiting.add_metric([work], backlog.waiting)
            failing.add_metric([work], backlog.failing)
            dead.add_metric([work], backlog.dead)
            oldest.add_metric([work], max(0, at - backlog.oldest_at) / SECOND if backlog.oldest_at else 0)
        yield from (waiting, failing, dead, oldest)

    def _build(self) -> dict[str, str]:
        try:
            program = version("dual-dialect-gateway")
        except PackageNotFoundError:  # run from its source folder
            program = "unknown"
        return {"version": program, "schema": head(), "database": self.engine, "python": platform.python_version()}


def exposition(figures: Figures, accept: str) -> tuple[bytes, str]:
    """Return the text of a scrape and its content type, in the format of the `Accept` header."""
    registry = CollectorRegistry()
    registry.register(figures)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def _totals(workers: Iterable[Snapshot]) -> dict[Labels, list[float]]:
    total: dict[Labels, list[float]] = defaultdict(lambda: [0] * (len(BOUNDS) + 2))
    for worker in workers:
        for labels, numbers in worker.series.items():
            total[labels] = [one + other for one, other in zip(total[labels], numbers, strict=True)]
    return total


def _buckets(numbers: Sequence[float]) -> list[tuple[str, float]]:
    return list(zip(_BUCKETS, accumulate(numbers[:-1]), strict=True))


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _processes(pids: Iterable[int]) -> Iterator[Metric]:
    families: dict[str, Metric] = {}
    for pid in pids:
        for found in ProcessCollector(pid=partial(int, pid), registry=None).collect():
            family = families.setdefault(found.name, Metric(found.name, found.documentation, found.type))
            for sample in found.samples:
                family.add_sample(sample.name, {**sample.labels, "pid": str(pid)}, sample.value)
    yield from families.values()
