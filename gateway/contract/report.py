"""The results of a proof as one table."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from gateway.contract.runner import Outcome

COLUMNS = ("dialect", "operations", "phases", "test cases", "checks failed", "warnings", "seconds", "seed", "verdict")

ORACLE_COLUMNS = ("dialect", "oracles", "compared", "oracles failed", "waited (s)", "reached")


def show(outcomes: Sequence[Outcome]) -> None:
    """Print the tables on standard output; in a pipe, lines are not wrapped to the width of a terminal."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    table = Table(*COLUMNS, box=SIMPLE)
    for outcome in outcomes:
        if outcome.ran_schemathesis:
            table.add_row(*_row(outcome))
    if table.row_count:
        console.print(table)
    _show_oracles(console, outcomes)


def _show_oracles(console: Console, outcomes: Sequence[Outcome]) -> None:
    table = Table(*ORACLE_COLUMNS, box=SIMPLE)
    for outcome in outcomes:
        verdicts = outcome.oracles.get("oracles", ())
        if verdicts:
            failed = sum(bool(each["failures"]) for each in verdicts)
            compared = sum(each["compared"] for each in verdicts)
            row = (_prefix(outcome), str(len(verdicts)), str(compared), str(failed), f"{outcome.oracles['waited']}")
            table.add_row(*row, outcome.reached or "-")
    if table.row_count:
        console.print(table)


def _prefix(outcome: Outcome) -> str:
    return "/api" if outcome.dialect == "api" else "/api/v1"


def oracle_failures(outcome: Outcome) -> Iterator[str]:
    """Yield the failures of the oracles, and what they could not reach."""
    for each in outcome.oracles.get("oracles", ()):
        if each["failures"]:
            yield f"{_prefix(outcome)} {each['name']}: {each['about']}. Instead:"
            yield from (f"  {line}" for line in each["failures"])
        yield from (f"{_prefix(outcome)} {each['name']} did not reach {what}." for what in each["not_reached"])


def _row(outcome: Outcome) -> tuple[str, ...]:
    summary = outcome.summary
    if not summary:
        return (outcome.dialect, *("-" for _ in COLUMNS[2:]), "FAILED, no report")
    cases, phases = summary["test_cases"], summary["phases"] or {}
    warnings = sum(len(operations) for operations in summary["warnings"].values())
    return (
        "/api" if outcome.dialect == "api" else "/api/v1",
        "{tested} of {total}".format(**(summary["operations"] or {"tested": 0, "total": 0})),
        ", ".join(f"{name} {_mark(phase['status'])}" for name, phase in phases.items()),
        str(cases["generated"]),
        str(cases["unique_failures"] + cases["errored"]),
        str(warnings),
        f"{summary['running_time'] or 0:.0f}",
        str(summary["seed"]),
        "passed" if outcome.exit_code == 0 else f"FAILED ({outcome.exit_code})",
    )


def _mark(status: str) -> str:
    return {"success": "ok", "skip": "skipped"}.get(status, status.upper())


def failures(log: Path) -> str:
    """Return the part of Schemathesis' output that says what failed and how to reproduce it."""
    text = log.read_text()
    start = max(text.find("= FAILURES ="), text.find("= ERRORS ="), 0)
    return text[start:].strip()
