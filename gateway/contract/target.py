"""The gateway that is proved, and the keys for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

OWN_RECORDS = "GATEWAY_CONTRACT_OWN_RECORDS"  # set for a process that may change only what it has created itself


@dataclass(frozen=True)
class Target:
    """A running gateway with a company's key, and that of another company if there is one to compare with.

    `environment` has the variables of a temporary gateway, so that commands find the same register, and `COMPANY`, the
    name of the company; it is empty for a deployment.
    """

    url: str
    token: str
    other_token: str | None = None
    password: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
