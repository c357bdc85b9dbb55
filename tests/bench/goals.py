"""The goals: the value that each ratio should reach, which direction is better, and what a machine needs for it."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

CORES = len(os.sched_getaffinity(0))
REACHED, MISSED = "reached", "missed"

_ON_POSTGRESQL = "pg_"
_DIALECTS = ("v1_", "api_")


@dataclass(frozen=True)
class Goal:
    """A named figure, the value it should reach, whether more is better, and how many cores it needs.

    `on_postgresql` is the value it should reach there, if it has a goal there.
    """

    name: str
    wanted: float
    more_is_better: bool = True
    unit: str = ""
    cores: int = 1
    on_postgresql: float | None = None

    def for_postgresql(self) -> "Goal | None":
        """Return the goal of the same figure on PostgreSQL, if there is one."""
        if self.on_postgresql is None:
            return None
        return replace(self, name=f"{_ON_POSTGRESQL}{self.name}", wanted=self.on_postgresql)

    def verdict(self, value: float) -> str:
        """Return whether the goal was reached or missed, or what this machine lacks for a verdict."""
        if self.cores > CORES:
            return f"needs {self.cores} cores"
        return REACHED if self.is_met(value) else MISSED

    def is_met(self, value: float) -> bool:
        """Return whether a value reaches the goal."""
        return value >= self.wanted if self.more_is_better else value <= self.wanted

    def worse(self, values: Iterable[float]) -> float:
        """Return the value that is farther from the goal."""
        return min(values) if self.more_is_better else max(values)

    def __str__(self) -> str:
        return f"{'≥' if self.more_is_better else '≤'} {self.wanted:g}{self.unit}"


PER_DIALECT = (
    Goal("get_one_vs_limit", 0.50, on_postgresql=0.25),
    Goal("get_one_vs_peer", 45, on_postgresql=25),
    Goal("get_one_vs_expert", 1, on_postgresql=1),
    Goal("list25_vs_limit", 0.25, on_postgresql=0.10),
    Goal("list25_vs_peer", 120, on_postgresql=40),
    Goal("list25_vs_expert", 2, on_postgresql=2),
    Goal("create_vs_peer", 20, on_postgresql=8),
    Goal("create_vs_expert", 2, on_postgresql=2),
    Goal("create_vs_peer_one_connection", 6, on_postgresql=3),
    Goal("list25_growth", 1.15, more_is_better=False, on_postgresql=1.15),
    Goal("get_one_growth", 1.15, more_is_better=False, on_postgresql=1.15),
    Goal("page10000_growth", 2, more_is_better=False, on_postgresql=2),
    Goal("search_vs_scan", 40, on_postgresql=20),
    Goal("search_growth", 60, more_is_better=False, on_postgresql=60),
    Goal("neighbour_growth", 2, more_is_better=False),
)
PER_PROCESS = (
    Goal("worker_memory", 150, more_is_better=False, unit=" MB"),
    Goal("bytes_a_client", 3.2, more_is_better=False, unit=" kB", on_postgresql=3.2),
    Goal("cold_start", 1, more_is_better=False, unit=" s"),
    Goal("mixed_p99_over_p50", 4, more_is_better=False, on_postgresql=6),
    Goal("four_workers_over_one", 2.5, cores=4),
)
GOALS: Mapping[str, Goal] = {goal.name: goal for goal in (*PER_DIALECT, *PER_PROCESS)}


def goal_of(name: str) -> Goal | None:
    """Return the goal for a ratio on its engine, whether the ratio is of one dialect or of the worse of both."""
    plain = name.removeprefix(_ON_POSTGRESQL)
    for dialect in _DIALECTS:
        plain = plain.removeprefix(dialect)
    goal = GOALS.get(plain)
    if goal is None or not name.startswith(_ON_POSTGRESQL):
        return goal
    return goal.for_postgresql()


def with_worse_of_both(ratios: Mapping[str, float]) -> dict[str, float]:
    """Return the ratios and, under the plain name, the worse one of `v1_` and `api_`."""
    found: dict[str, float] = {}
    for name, value in ratios.items():
        engine = "pg_" if name.startswith("pg_") else ""
        dialect, _, rest = name.removeprefix(engine).partition("_")
        if dialect in ("api", "v1"):
            goal = GOALS.get(rest) or GOALS.get(rest.removesuffix("_one_connection"))
            both = [ratios[each] for each in (f"{engine}api_{rest}", f"{engine}v1_{rest}") if each in ratios]
            found[engine + rest] = goal.worse(both) if goal else min(both)
        found[name] = value
    return found


def missed(ratios: Mapping[str, float]) -> list[str]:
    """Return the goals that were missed on either engine, each with its result."""
    found = with_worse_of_both(ratios)
    wanted = [each for goal in GOALS.values() for each in (goal, goal.for_postgresql()) if each is not None]
    verdicts = ((goal, found[goal.name]) for goal in wanted if goal.name in found)
    return [f"{goal.name} ({value:.3g}, wanted {goal})" for goal, value in verdicts if goal.verdict(value) == MISSED]
