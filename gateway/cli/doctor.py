"""`gateway doctor`: checks whether everything that a server needs works."""

from dataclasses import asdict
from typing import Annotated

import typer

from core.text.plural import counted
from gateway.cli.errors import CommandError, say
from gateway.cli.listing import Column, show
from gateway.cli.parameters import AsJson
from gateway.cli.session import settings
from gateway.doctor.examination import examine
from gateway.doctor.finding import Finding, State, failure

COLUMNS = (Column("check"), Column("state"), Column("found"), Column("advice"))


def doctor(
    workers: Annotated[
        int, typer.Option(min=1, help="How many workers will be started, on all machines together.")
    ] = 1,
    as_json: AsJson = False,
) -> None:
    """Check settings, database, storage, mail and clock, and say what to do about each. Exit status 1 if a check fails.

    It may run while the gateway serves, and changes nothing: what it writes for testing is removed again, no mail is
    sent, and the schema is not changed.

    \b
    Example:
      gateway doctor --workers 4
    """
    findings = _found(workers)
    show([asdict(finding) for finding in findings], COLUMNS, as_json)
    totals = {state: sum(finding.state is state for finding in findings) for state in State}
    say(f"{counted(totals[State.FAILURE], 'failure')}, {counted(totals[State.WARNING], 'warning')}.")
    if totals[State.FAILURE]:
        raise typer.Exit(1)


def _found(workers: int) -> list[Finding]:
    try:
        chosen = settings()
    except CommandError as refused:
        return [failure("settings", str(refused), "The README lists all settings and their values.")]
    return list(examine(chosen, workers))
