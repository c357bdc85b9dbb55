"""The output of the benchmark: a table for people, a JSON file for programs, plots for the documentation."""

import json
import os
import platform
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import generator
from tests.bench.goals import CORES, MISSED, PER_DIALECT, PER_PROCESS, REACHED, Goal, goal_of, with_worse_of_both
from tests.bench.rounds import Plan, Results

_STYLES = {REACHED: "green", MISSED: "red"}


def write(results: Results, plan: Plan, seconds: float, file: Path) -> None:
    """Write all results to a JSON file."""
    ratios = with_worse_of_both(results.ratios)
    goals = {name: goal for name in ratios if (goal := goal_of(name))}
    document = {
        "ratios": {name: round(value, 4) for name, value in sorted(ratios.items())},
        "goals": {
            name: {"goal": str(goal), "verdict": goal.verdict(ratios[name])} for name, goal in sorted(goals.items())
        },
        "figures": results.figures,
        "machine": machine(),
        "plan": {"sizes": plan.sizes, "rounds": plan.rounds, "seconds": plan.seconds},
        "seconds": round(seconds),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2) + "\n")


def machine() -> dict[str, str | int | float]:
    """Return the machine and the versions on which the figures were measured."""
    return {
        "processor": _processor(),
        "cores": CORES,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load_generator": "wrk" if generator.WRK else "tests/bench/client.py",
        "load_average_at_the_end": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    found = Path("/proc/cpuinfo")
    lines = found.read_text().splitlines() if found.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def table(results: Results) -> Table:
    """Return the goals with the results: both dialects and the worse one on SQLite, the worse one on PostgreSQL."""
    ratios = with_worse_of_both(results.ratios)
    heads = ("", "goal", "found", "", "/api", "/api/v1", "goal on PostgreSQL", "found", "")
    made = Table(*heads, title="The gateway's benchmark")
    for goal in (*PER_DIALECT, *PER_PROCESS):
        each = (number(ratios.get(f"{dialect}_{goal.name}")) for dialect in ("api", "v1"))
        on_postgresql = judged(goal.for_postgresql(), ratios, f"pg_{goal.name}")
        made.add_row(goal.name, *_coloured(judged(goal, ratios, goal.name)), *each, *_coloured(on_postgresql))
    return made


def judged(goal: Goal | None, ratios: Mapping[str, float], name: str) -> tuple[str, str, str]:
    """Return a goal, the result under its name, and the verdict; each is "" if there is none."""
    value = ratios.get(name)
    verdict = "" if value is None or goal is None else goal.verdict(value)
    return str(goal or ""), number(value), verdict


def _coloured(judgement: tuple[str, str, str]) -> tuple[str, str, str]:
    goal, value, verdict = judgement
    return goal, value, f"[{_STYLES.get(verdict, 'none')}]{verdict}"


def show(results: Results, console: Console) -> None:
    """Print everything that was measured, the figures without a goal, and the goals."""
    rates = Table("measured", "server", "requests/s", "p50 ms", "p99 ms")
    for row in measured(results):
        rates.add_row(*row)
    beside = Table("reported beside", "worse of both", "/api", "/api/v1")
    for ratio in without_goal(with_worse_of_both(results.ratios)):
        beside.add_row(*ratio)
    for each in (rates, beside, table(results)):
        console.print(each)


def without_goal(ratios: Mapping[str, float]) -> Iterator[tuple[str, str, str, str]]:
    """Return the ratios without a goal: name, the worse of both dialects, each of them."""
    for name, value in ratios.items():
        engine = "pg_" if name.startswith("pg_") else ""
        both = [f"{engine}{dialect}_{name.removeprefix(engine)}" for dialect in ("api", "v1")]
        if not goal_of(name) and ratios.keys() >= set(both):
            api, v1 = (number(ratios[each]) for each in both)
            yield name, number(value), api, v1


def measured(results: Results) -> Iterator[tuple[str, str, str, str, str]]:
    """Return every server's run of median rate: row, server, requests per second, median and 99th percentile in ms."""
    for name, servers in results.figures.items():
        for server, found in servers.items():
            rate = f"{found['rate']:,.0f}" if "rate" in found else ""
            p99 = f"{found['p99_us'] / 1000:.2f}" if "p99_us" in found else ""
            yield name, server, rate, f"{found['p50_us'] / 1000:.2f}", p99


def number(value: float | None) -> str:
    """Return a ratio with three digits."""
    return "" if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"
