"""The result of a check."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The state of a check. A failure keeps a part of the gateway from working; a warning may be intended."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Finding:
    """What was checked, its state, and what to do about it."""

    check: str
    state: State
    found: str
    advice: str = ""


def ok(check: str, found: str) -> Finding:
    """Return a finding that needs no action."""
    return Finding(check, State.OK, found)


def warning(check: str, found: str, advice: str) -> Finding:
    """Return a finding about something that works, but may not be intended."""
    return Finding(check, State.WARNING, found, advice)


def failure(check: str, found: str, advice: str) -> Finding:
    """Return a finding about something that does not work."""
    return Finding(check, State.FAILURE, found, advice)
