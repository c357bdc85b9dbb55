"""The measured part of docs/performance.md."""

import re
from pathlib import Path

from tests.bench import report
from tests.bench.goals import MISSED, PER_DIALECT, PER_PROCESS
from tests.bench.goals import with_worse_of_both as completed
from tests.bench.rounds import Results

_PART = re.compile("(<!-- measured.*?-->\n).*(<!-- end of measured -->)", re.DOTALL)
_COLUMNS = ("", "api_", "v1_", "pg_", "pg_api_", "pg_v1_")


def renew(results: Results, page: Path) -> None:
    """Write what was found into the page, between its two comments."""
    page.write_text(_PART.sub(lambda part: f"{part[1]}{_measured(results)}{part[2]}", page.read_text()))


def _measured(results: Results) -> str:
    machine = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in report.machine().items())
    ratios = completed(results.ratios)
    heads = "| | goal | found | | `api_` | `v1_` | `pg_` | `pg_api_` | `pg_v1_` |\n" + "| --- " * 9 + "|\n"
    rows = []
    for goal in (*PER_DIALECT, *PER_PROCESS):
        value = ratios.get(goal.name)
        verdict = "" if value is None else goal.verdict(value).replace(MISSED, f"**{MISSED}**")
        found, *beside = (report.number(ratios.get(f"{prefix}{goal.name}")) for prefix in _COLUMNS)
        rows.append(f"| {' | '.join((f'`{goal.name}`', str(goal), found, verdict, *beside))} |\n")
    return f"On {machine}.\n\n{heads}{''.join(rows)}\n{_further(ratios)}\n{_rates(results)}"


def _further(ratios: dict[str, float]) -> str:
    heads = "| reported beside | worse of both | `api_` | `v1_` |\n| --- | --- | --- | --- |\n"
    rows = (f"| {' | '.join((f'`{name}`', *values))} |\n" for name, *values in report.without_goal(ratios))
    return heads + "".join(rows)


def _rates(results: Results) -> str:
    heads = "| measured | server | requests/s | p50 ms | p99 ms |\n" + "| --- " * 5 + "|\n"
    rows = (f"| {' | '.join((f'`{name}`', *values))} |\n" for name, *values in report.measured(results))
    return heads + "".join(rows)
