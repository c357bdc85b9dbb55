"""Decides whether a run has proved enough: what it must reach of a document, and what it may leave out for a reason."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.contract.reach import Reach

_MANY = 0.5  # of all answers
_WITHOUT_DATA = {"304", "400", "401", "403", "404", "405", "412", "422", "429", "503"}
# What cannot be provoked on a fresh register, with the reason: the status or part, and a pattern of the operations.
EXCEPTIONS: Sequence[tuple[str, str, str]] = (
    ("408", ".*", "the gateway waits half a minute for a body; tests/wire/test_slow_clients.py"),
    ("413", "PUT .*/upload", "an upload of more than a hundred megabytes would be needed; tests/wire/test_limits.py"),
    ("507", ".*", "a run fills no disk; tests/faults"),
    (
        "409",
        "(POST|PUT|PATCH) .*",
        "the same request would have to arrive while the first one is in progress; test_retries.py",
    ),
)


@dataclass(frozen=True)
class Judgement:
    """The failures of a run, and what it did not reach although that is no failure. Both are reported."""

    failures: list[str] = field(default_factory=list)
    not_reached: list[str] = field(default_factory=list)


def judge_reach(reach: Reach, fresh: bool, writes: bool, has_password: bool = True) -> Judgement:
    """Judge what a run has reached of a document: operations, and on a fresh register also their statuses."""
    failures, not_reached = list[str](), list[str]()
    for label, _ in reach.operations():
        reads = label.startswith("GET ")
        if not (reads or writes):
            continue
        if not reach.succeeded(label):
            (failures if fresh or not _needs_data(reach, label, has_password) else not_reached).append(
                f"{label}: never succeeded"
            )
        missing = [each for each in reach.missing(label) if not excepted(each, label)]
        statuses = [each for each in missing if each.isdecimal()]
        if statuses:
            (failures if fresh else not_reached).append(f"{label}: never answered {', '.join(statuses)}")
        if len(missing) > len(statuses):
            not_reached.append(f"{label}: never reached {', '.join(each for each in missing if each not in statuses)}")
    busy, total = reach.too_busy()
    if total and busy > _MANY * total and not fresh:
        failures.append(f"{busy} of {total} answers were 429 or 503, which prove nothing")
    if not total:
        failures.append("nothing was answered")
    return Judgement(failures, not_reached)


def _needs_data(reach: Reach, label: str, has_password: bool) -> bool:
    """Return whether an operation failed only for lack of data on the deployment, or of a password."""
    if not has_password and reach.statuses.get(label, Counter[str]())["412"]:
        return True
    return "{" in label and not set(reach.statuses.get(label, ())) - _WITHOUT_DATA


def excepted(what: str, label: str) -> str | None:
    """Return why an operation need not reach this status or part; None if it must."""
    return next((why for part, pattern, why in EXCEPTIONS if part == what and re.fullmatch(pattern, label)), None)
