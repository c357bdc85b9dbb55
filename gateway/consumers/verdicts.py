"""Verdicts on the expectations of integrations, and the report of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The outcome of one expectation. Only `FAILED` and `NOT_SET_UP` fail a verification."""

    MET = "met"
    FAILED = "FAILED"
    NOT_SET_UP = "NOT SET UP"
    PENDING = "failed, but pending"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Verdict:
    """One expectation: its consumer, its request as `GET /api/clients`, its description, and what is wrong, by line."""

    consumer: str
    request: str
    about: str
    outcome: Outcome
    details: Sequence[str] = ()

    def lines(self) -> list[str]:
        """Return the lines of the report."""
        return [f"{self.outcome}: {self.request}: {self.about}", *(f"    {each}" for each in self.details)]


def passed(verdicts: Sequence[Verdict]) -> bool:
    """Return whether nothing failed and something was verified."""
    outcomes = {each.outcome for each in verdicts}
    return Outcome.MET in outcomes and not outcomes & {Outcome.FAILED, Outcome.NOT_SET_UP}


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return a sentence that counts the outcomes of each consumer."""
    parts = []
    for consumer in dict.fromkeys(each.consumer for each in verdicts):
        found = Counter(each.outcome for each in verdicts if each.consumer == consumer)
        parts.append(
            f"{consumer}: " + ", ".join(f"{found[outcome]} {outcome}" for outcome in Outcome if found[outcome])
        )
    return "; ".join(parts)
