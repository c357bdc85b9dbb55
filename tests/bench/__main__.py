"""`python -m tests.bench`: load the registers, measure every row, print the table, write build/bench.json."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from tests.bench import deployments, goals, growing, measuring, registers, report
from tests.bench.engines import Engine, Postgresql, Sqlite
from tests.bench.rounds import QUICK, Plan, Results

_ROWS: dict[str, Callable[[Engine, Plan, Results], None]] = {
    "reads": measuring.reads,
    "creates": measuring.creates,
    "growth": growing.growth,
    "neighbours": growing.neighbours,
    "mixed": measuring.mixed,
    "cold_start": measuring.cold_start,
    "workers": measuring.workers,
    "deployments": deployments.deployments,
}
_ON_ONE_ENGINE = {"neighbours": "", "cold_start": "", "workers": "", "deployments": Postgresql.prefix}


def main() -> None:
    """Run what the command line requests. The exit status is 1 if a goal was missed."""
    asked = _parser().parse_args()
    plan = QUICK if asked.quick else Plan(rounds=asked.rounds)
    plan = replace(plan, with_others=not asked.without_others)
    console, results, started = _console(), Results(), time.perf_counter()
    with _engines(asked.engines) as engines:
        _load(engines, plan, console)
        for engine in engines:
            for name in asked.rows:
                if _ON_ONE_ENGINE.get(name, engine.prefix) == engine.prefix:
                    console.print(f"[dim]{time.perf_counter() - started:4.0f} s  {engine.prefix}{name}")
                    _ROWS[name](engine, plan, results)
    report.write(results, plan, time.perf_counter() - started, asked.output)
    if asked.docs:
        from tests.bench import documentation, plots  # matplotlib is there only for this

        documentation.renew(results, asked.docs / "performance.md")
        plots.draw(results, asked.docs)
    report.show(results, console)
    console.print(f"{asked.output} after {time.perf_counter() - started:.0f} s")
    if not asked.quick:  # tiny registers say nothing about the goals
        missed = goals.missed(results.ratios)
        console.print(
            f"missed: {', '.join(missed)}" if missed else "every goal of the rows that were measured: reached"
        )
        sys.exit(bool(missed))


def _console() -> Console:
    # The tables are as wide as this, also where the output goes into a file.
    return Console(width=max(Console().width, 110))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny registers and moments of load: does it run?")
    parser.add_argument(
        "--without-others", action="store_true", help="leave PEER and EXPERT out, which need the extra `bench`"
    )
    parser.add_argument("--engines", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--rows", nargs="+", choices=_ROWS, default=list(_ROWS))
    parser.add_argument("--rounds", type=int, default=Plan.rounds, help="how often each comparison is repeated")
    parser.add_argument("--output", type=Path, default=registers.ROOT / "build" / "bench.json")
    parser.add_argument("--docs", type=Path, metavar="FOLDER", help="renew performance.md and its plots there")
    return parser


@contextmanager
def _engines(names: list[str]) -> Iterator[list[Engine]]:
    made: list[Engine] = [Sqlite()] if "sqlite" in names else []
    if "postgresql" not in names:
        yield made
        return
    with registers.postgresql_server() as url:
        yield [*made, Postgresql(url)]


def _load(engines: list[Engine], plan: Plan, console: Console) -> None:
    with ProcessPoolExecutor(len(engines)) as pool:
        for engine, taken in zip(engines, pool.map(_load_all, engines, [plan] * len(engines)), strict=True):
            for size, seconds in taken.items():
                console.print(f"[dim]{engine.prefix}register of {size:,} clients ready after {seconds:.0f} s")


def _load_all(engine: Engine, plan: Plan) -> dict[int, float]:
    taken = {}
    for size in plan.sizes:
        started = time.perf_counter()
        engine.register(size)
        taken[size] = time.perf_counter() - started
    return taken


if __name__ == "__main__":
    main()
