"""The measured part of docs/performance.md."""

import re
from pathlib import Path

from tests.bench import report
from tests.bench.goals import MISSED, PER_DIALECT, PER_PROCESS
from tests.bench.goals import with_worse_of_both as completed
from tests.bench.rounds import Results

_PART = re.compile("(<!-- measured.*?-->\n).*(<!-- end of measured -->)", re.DOTALL)


def renew(results: Results, page: Path) -> None:
    """Write the results into the page, between its two comments."""
    page.write_text(_PART.sub(lambda part: f"{part[1]}{_measured(results)}{part[2]}", page.read_text()))


def _measured(results: Results) -> str:
    machine = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in report.machine().items())
    ratios = completed(results.ratios)
    heads = (
        "| | goal | found | | `api_` | `v1_` | goal on PostgreSQL | `pg_` | | `pg_api_` | `pg_v1_` |\n"
        + "| --- " * 11
        + "|\n"
    )
    rows = []
    for goal in (*PER_DIALECT, *PER_PROCESS):
        cells = [f"`{goal.name}`"]
        for engine, judged_by in (("", goal), ("pg_", goal.for_postgresql())):
            wanted, found, verdict = report.judged(judged_by, ratios, f"{engine}{goal.name}")
            each = (report.number(ratios.get(f"{engine}{dialect}_{goal.name}")) for dialect in ("api", "v1"))
            cells += [wanted, found, verdict.replace(MISSED, f"**{MISSED}**"), *each]
        rows.append(f"| {' | '.join(cells)} |\n")
    return f"On {machine}.\n\n{heads}{''.join(rows)}\n{_further(ratios)}\n{_rates(results)}"


def _further(ratios: dict[str, float]) -> str:
    heads = "| reported beside | worse of both | `api_` | `v1_` |\n| --- | --- | --- | --- |\n"
    rows = (f"| {' | '.join((f'`{name}`', *values))} |\n" for name, *values in report.without_goal(ratios))
    return heads + "".join(rows)


def _rates(results: Results) -> str:
    heads = "| measured | server | requests/s | p50 ms | p99 ms |\n" + "| --- " * 5 + "|\n"
    rows = (f"| {' | '.join((f'`{name}`', *values))} |\n" for name, *values in report.measured(results))
    return heads + "".join(rows)
