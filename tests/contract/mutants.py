"""The mutation table of shape: faults that Schemathesis must detect, each with its check and how to run it."""

from dataclasses import dataclass
from typing import Any

from tests.contract.faulty import Fault


@dataclass(frozen=True)
class Mutant:
    """A fault, the operations to run to meet it, and the check that catches it."""

    about: str
    fault: Fault
    check: str
    dialect: str
    operations: tuple[str, ...]
    phases: str = "fuzzing"
    examples: int = 30
    mode: str = "all"


MUTANTS: dict[str, Mutant] = {}

# Stateful runs go on until one shows the fault. Invalid requests would cut most of them short, and generating invalid
# bodies of a client takes longer than all the rest.
STATEFUL: Any = {"phases": "stateful", "examples": 150, "mode": "positive"}


def mutant(about: str, check: str, dialect: str, *operations: str, **how: Any):
    """Register a fault in the table."""

    def register(fault: Fault) -> Fault:
        MUTANTS[fault.__name__] = Mutant(about, fault, check, dialect, operations, **how)
        return fault

    return register
