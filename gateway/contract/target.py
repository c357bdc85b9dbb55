"""What is to be proved, and as whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """A running gateway with a company's key, and that of another company if there is one to compare with.

    `environment` is what a fresh gateway of our own was started with, so that its commands find the same register;
    `COMPANY` in it is the company's name. It is empty for a deployment.
    """

    url: str
    token: str
    other_token: str | None = None
    password: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
