"""Measures servers in turns, so that other load on the machine affects all alike; the median of the ratios counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.bench import generator
from tests.bench.engines import Engine
from tests.bench.generator import Figures, Traffic
from tests.bench.servers import Server

MANY = 16  # connections


@dataclass(frozen=True)
class Plan:
    """How large, how often and how long: three sizes, and runs of `seconds`.

    `rounds_far` is for PostgreSQL, and for ratios so far from their goal that one disturbed round cannot decide;
    `rounds_beside` is for one connection.
    """

    sizes: tuple[int, int, int] = (1_000, 100_000, 1_000_000)
    rounds: int = 5
    rounds_far: int = 3
    rounds_beside: int = 1
    seconds: float = 1
    seconds_mixed: float = 2
    connections: tuple[int, ...] = (MANY, 1)
    far_page: int = 10_000
    with_others: bool = True
    seconds_to_warm: float = 0.15
    neighbours: int = 100

    def rounds_on(self, engine: Engine, far: bool = False) -> int:
        """Return how often a comparison on an engine is repeated."""
        return min(self.rounds, self.rounds_far) if far or engine.prefix else self.rounds


# Small enough for a test of whether everything runs and answers, not of how fast.
QUICK = Plan((300, 600, 900), 1, 1, 1, 0.1, 0.2, (MANY,), far_page=20, seconds_to_warm=0.01, neighbours=30)


@dataclass
class Results:
    """The results: `ratios` by name, and `figures` as measured, by name and server."""

    ratios: dict[str, float] = field(default_factory=dict)
    figures: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)

    def note(self, name: str, runs: Mapping[str, Sequence[Figures]]) -> None:
        """Keep each server's run of median rate."""
        self.figures[name] = {
            server: sorted(found, key=lambda each: each.rate)[len(found) // 2].as_dict()
            for server, found in runs.items()
        }


Targets = Mapping[str, tuple[Server, Sequence[bytes]]]
Runs = dict[str, list[Figures]]


def in_turns(targets: Targets, plan: Plan, rounds: int, connections: int) -> Runs:
    """Load each target in each round, after a moment to warm up. Return every target's figures by its name.

    A target that is still busy with its requests is waited for, because it would disturb the next measurement.
    """
    traffics = {name: (server, Traffic(requests)) for name, (server, requests) in targets.items()}
    runs: Runs = {name: [] for name in targets}
    try:
        for number in range(rounds + 1):
            for name, (server, traffic) in traffics.items():
                if number == 0:
                    generator.warm_up(server.port, traffic, plan.seconds_to_warm)
                else:
                    runs[name].append(generator.run(server.port, traffic, connections, plan.seconds))
                server.rest()
    finally:
        for _, traffic in traffics.values():
            traffic.close()
    return runs


def ratio(
    above: Sequence[Figures], below: Sequence[Figures], value: Callable[[Figures], float] = lambda found: found.rate
) -> float:
    """Return the median over the rounds of one server's value divided by the other's in the same round."""
    return median(value(one) / value(other) for one, other in zip(above, below, strict=True))


def p50(found: Figures) -> float:
    """Return the median latency."""
    return found.p50_us
