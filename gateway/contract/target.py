"""What is to be proved, and as whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field

OWN_RECORDS = "GATEWAY_CONTRACT_OWN_RECORDS"  # set for a process that may change only what it has made itself


@dataclass(frozen=True)
class Target:
    """A running gateway with a company's key, and that of another company if there is one to compare with.

    `environment` is what a fresh gateway of our own was started with, so that its commands find the same register;
    `COMPANY` in it is the company's name. It is empty for a deployment. On a gateway of our own the oracles have
    companies `apart` from those of Schemathesis, whose thousands of records would be in every list.
    """

    url: str
    token: str
    other_token: str | None = None
    password: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    apart: "Target | None" = None
