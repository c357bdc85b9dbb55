"""Runs the proofs of `gateway contract` on one deployment, or on a temporary gateway for each dialect."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from gateway.cli.errors import say
from gateway.contract.fresh import fresh_gateway
from gateway.contract.operations import (
    PREFIXES,
    Selection,
    document_of,
    operations_of,
    selected,
)
from gateway.contract.processes import Processes
from gateway.contract.reached import judged
from gateway.contract.reading_only import reading_only
from gateway.contract.report import failures, oracle_failures, show
from gateway.contract.runner import OracleOutcome, Outcome, Plan, combined, run_oracles, run_schemathesis
from gateway.contract.target import Target


def own_document(dialect: str) -> Any:
    """Return our own document of a dialect."""
    from gateway.cli.openapi import document_text  # imported late, because the dialects need 30 MB

    return json.loads(document_text(dialect, as_json=True))


def chosen_operations(names: list[str], dialects: list[str], given: Target | None, write: bool) -> dict[str, Selection]:
    """Return the operations with these names in the deployment's documents, or in our own for a fresh gateway."""
    with reading_only():
        documents = {each: document_of(given.url, each) if given else own_document(each) for each in dialects}
    chosen = selected(names, {each: operations_of(document) for each, document in documents.items()}, write)
    for each in set(dialects) - chosen.keys():
        say(f"{PREFIXES[each]} has none of these operations to prove, and is left out.")
    return chosen


def _judged(outcome: Outcome, given: Target | None, plan: Plan) -> Outcome:
    """Return the outcome with its coverage of the document, and as failed if that is too low."""
    whole = plan.schemathesis and plan.oracles is None and outcome.reach
    if not whole:
        return outcome
    document = document_of(given.url, outcome.dialect) if given else own_document(outcome.dialect)
    return judged(outcome, document, fresh=given is None, plan=plan, has_password=not given or bool(given.password))


def proved(dialects: list[str], given: Target | None, plan: Plan) -> list[Outcome]:
    """Return the outcomes of the dialects.

    On a deployment one part runs after the other: the oracles first, because Schemathesis leaves thousands of records
    in every list. Without one, each part has a temporary gateway, and the oracles run while Schemathesis does: two
    processes and their gateways at a time, which is what two cores and 600 MB are enough for.
    """
    with ExitStack() as stack:
        for each in dialects:
            stack.enter_context(plan.reports(each).replaced())
        for_schemathesis = stack.enter_context(ThreadPoolExecutor(1))
        for_oracles = for_schemathesis if given else stack.enter_context(ThreadPoolExecutor(1))
        processes = stack.enter_context(Processes())  # they end before the threads, so that nothing waits for them

        def oracles(dialect: str) -> OracleOutcome:
            if not plan.runs_oracles:
                return OracleOutcome()
            with _target(given, plan.reports(dialect).file("oracles.gateway.log"), processes) as target:
                return run_oracles(dialect, target, plan, processes)

        def schemathesis(dialect: str) -> Outcome:
            if not plan.schemathesis:
                return Outcome(dialect, 0, plan.reports(dialect).file("oracles.log"), ran_schemathesis=False)
            with _target(given, plan.reports(dialect).file("gateway.log"), processes) as target:
                return run_schemathesis(dialect, target, plan, processes)

        judged = {each: for_oracles.submit(oracles, each) for each in dialects}
        tested = {each: for_schemathesis.submit(schemathesis, each) for each in dialects}
        outcomes = [combined(tested[each].result(), judged[each].result()) for each in dialects]
        return [_judged(each, given, plan) for each in outcomes]


@contextmanager
def _target(given: Target | None, log: Path, processes: Processes) -> Iterator[Target]:
    if given:
        yield given
        return
    with fresh_gateway(log, processes) as target:
        yield target


def show_outcomes(outcomes: list[Outcome]) -> None:
    """Print the failures of all outcomes, and the table."""
    for outcome in outcomes:
        if outcome.exit_code != 0 and outcome.summary:
            say(failures(outcome.log))
        for line in (*oracle_failures(outcome), *outcome.complaints):
            say(line)
    show(outcomes)
