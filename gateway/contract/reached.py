"""Judges an outcome by what its run has reached of the document."""

from dataclasses import replace
from typing import Any

from gateway.contract.gate import excepted, judge_reach
from gateway.contract.reach import Reach
from gateway.contract.runner import Outcome, Plan


def reach_of(outcome: Outcome, document: Any) -> Reach:
    """Return what Schemathesis and the oracles have reached together."""
    reach = Reach(document)
    for part in (outcome.reach, outcome.oracles.get("reach")):
        if part:
            reach.merge(part)
    return reach


def judged(outcome: Outcome, document: Any, *, fresh: bool, plan: Plan, has_password: bool) -> Outcome:
    """Return the outcome with its coverage in words, and as failed if the run has reached too little."""
    reach = reach_of(outcome, document)
    judgement = judge_reach(reach, fresh, plan.write, has_password)
    reach.write(plan.reports(outcome.dialect).file("reach.json"))
    # If the schema check has found no failure in these answers, the check that could not read them is wrong.
    is_explained = outcome.exit_code or plan.baseline
    unread = [] if is_explained else [f"{name}: {times}" for name, times in sorted(reach.unreadable_answers.items())]
    failures = [f"Not reached: {each}" for each in judgement.failures]
    failures += [f"Answers of the documented shape that a check could not read: {each}" for each in unread]
    left_out = [f"Left out: {each}" for each in judgement.not_reached]
    return replace(
        outcome,
        exit_code=outcome.exit_code or (1 if failures else 0),
        reached=in_words(reach),
        complaints=(*failures, *left_out),
    )


def in_words(reach: Reach) -> str:
    """Return in words how much of the document was reached."""
    labels = [label for label, _ in reach.operations()]
    succeeded = sum(reach.succeeded(label) for label in labels)
    statuses = [(label, status) for label in labels for status in reach.operation(label)["responses"]]
    reached = [bool(reach.statuses.get(label, {}).get(status)) for label, status in statuses]
    exceptions = sum(
        not was_reached and excepted(status, label) is not None
        for (label, status), was_reached in zip(statuses, reached, strict=True)
    )
    words = [
        f"{succeeded} of {len(labels)} operations",
        f"{sum(reached)} of {len(statuses)} statuses ({exceptions} excepted)",
    ]
    parts = [(label, each) for label in labels for each in reach.wanted(label)]
    for kind, word in (("parameter", "parameters"), ("value", "values"), ("link", "links")):
        of_kind = [each for each in parts if _kind(each[1]) == kind]
        words.append(f"{sum(each in reach.reached for each in of_kind)} of {len(of_kind)} {word}")
    return ", ".join(words)


def _kind(what: str) -> str:
    return "link" if what.startswith("link ") else "value" if "=" in what else "parameter"
