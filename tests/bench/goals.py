"""The goals: what each ratio should reach, which way is better, and what a machine must have for it."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CORES = len(os.sched_getaffinity(0))
REACHED, MISSED = "reached", "missed"


@dataclass(frozen=True)
class Goal:
    """A named figure, the value it should reach, whether more is better, and how many cores it is meant for."""

    name: str
    wanted: float
    more_is_better: bool = True
    unit: str = ""
    cores: int = 1

    def verdict(self, value: float) -> str:
        """Reached, missed, or what this machine lacks for a verdict on a value that was found."""
        if self.cores > CORES:
            return f"needs {self.cores} cores"
        return REACHED if self.is_met(value) else MISSED

    def is_met(self, value: float) -> bool:
        """Whether a value reaches the goal."""
        return value >= self.wanted if self.more_is_better else value <= self.wanted

    def worse(self, values: Iterable[float]) -> float:
        """The value that is farther from the goal."""
        return min(values) if self.more_is_better else max(values)

    def __str__(self) -> str:
        return f"{'≥' if self.more_is_better else '≤'} {self.wanted:g}{self.unit}"


PER_DIALECT = (
    Goal("get_one_vs_limit", 0.30),
    Goal("get_one_vs_peer", 15),
    Goal("list25_vs_limit", 0.10),
    Goal("list25_vs_peer", 15),
    Goal("create_vs_peer", 12),
    Goal("list25_growth", 1.3, more_is_better=False),
    Goal("get_one_growth", 1.2, more_is_better=False),
    Goal("page10000_growth", 10, more_is_better=False),
    Goal("search_vs_scan", 30),
    Goal("search_growth", 60, more_is_better=False),
    Goal("neighbour_growth", 2, more_is_better=False),
)
PER_PROCESS = (
    Goal("worker_memory", 150, more_is_better=False, unit=" MB"),
    Goal("cold_start", 1, more_is_better=False, unit=" s"),
    Goal("mixed_p99_over_p50", 6, more_is_better=False),
    Goal("four_workers_over_one", 2.5, cores=4),
)
GOALS: Mapping[str, Goal] = {goal.name: goal for goal in (*PER_DIALECT, *PER_PROCESS)}

_PREFIXES = ("pg_", "v1_", "api_")


def goal_of(name: str) -> Goal | None:
    """The goal that a ratio's name, with or without prefixes and additions, stands under."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return GOALS.get(name)


def with_worse_of_both(ratios: Mapping[str, float]) -> dict[str, float]:
    """The ratios and, under the plain name, the worse of `v1_` and `api_`."""
    found: dict[str, float] = {}
    for name, value in ratios.items():
        engine = "pg_" if name.startswith("pg_") else ""
        dialect, _, rest = name.removeprefix(engine).partition("_")
        if dialect in ("api", "v1"):
            goal = GOALS.get(rest.removesuffix("_one_connection"))
            both = [ratios[each] for each in (f"{engine}api_{rest}", f"{engine}v1_{rest}") if each in ratios]
            found[engine + rest] = goal.worse(both) if goal else min(both)
        found[name] = value
    return found


def missed(ratios: Mapping[str, float]) -> list[str]:
    """The goals that were missed, each with what was found; PostgreSQL's figures are reported beside and have none."""
    found = with_worse_of_both(ratios)
    verdicts = ((goal, found[goal.name]) for goal in GOALS.values() if goal.name in found)
    return [f"{goal.name} ({value:.3g}, wanted {goal})" for goal, value in verdicts if goal.verdict(value) == MISSED]
