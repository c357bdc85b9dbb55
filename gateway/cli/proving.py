"""Runs the proofs of `gateway contract` on one deployment, or on a temporary gateway for each dialect."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from gateway.cli.openapi import document_text
from gateway.cli.session import say
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
from gateway.contract.runner import Outcome, Plan, examine
from gateway.contract.target import Target


def own_document(dialect: str) -> Any:
    """Return our own document of a dialect."""
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
    """Return the outcomes of the dialects, one after the other on a deployment.

    On gateways of our own they run in parallel, unless the plan says otherwise.
    """

    def one(dialect: str) -> Outcome:
        with plan.reports(dialect).replaced(), _target(given, dialect, plan, processes) as target:
            return _judged(examine(dialect, target, plan, processes), given, plan)

    # The processes end first, so that nothing waits for them.
    at_once = 1 if given or plan.sequential else len(dialects)
    with ThreadPoolExecutor(max_workers=at_once) as pool, Processes() as processes:
        return list(pool.map(one, dialects))


@contextmanager
def _target(given: Target | None, dialect: str, plan: Plan, processes: Processes) -> Iterator[Target]:
    if given:
        yield given
        return
    with fresh_gateway(plan.reports(dialect).file("gateway.log"), processes) as target:
        yield target


def show_outcomes(outcomes: list[Outcome]) -> None:
    """Print the failures of all outcomes, and the table."""
    for outcome in outcomes:
        if outcome.exit_code != 0 and outcome.summary:
            say(failures(outcome.log))
        for line in (*oracle_failures(outcome), *outcome.complaints):
            say(line)
    show(outcomes)
