"""What is to be proved, and as whom."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A running gateway with a company's key, and that of another company if there is one to compare with."""

    url: str
    token: str
    other_token: str | None = None
    password: str | None = None
