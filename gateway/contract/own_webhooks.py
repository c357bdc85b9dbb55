"""On a deployment, the webhooks that a run has created are deleted at its end.

Each would be sent every later change of the company, and a company may have a hundred of them, so that after a run or
two no further one could be created. They can be restored.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from requests import RequestException

from gateway.contract.operations import PREFIXES
from gateway.contract.oracles.api import Api, session_of

_PATH = "/webhooks"
_AT_ONCE = 50


@dataclass
class OwnWebhooks:
    """The ids of webhooks that a run has created, by the URL of the deployment and the key with which it did."""

    made: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)

    def learn(self, key: str, method: str, url: str, status: int, content: bytes | None) -> None:
        """Add the webhook that an answer shows as created."""
        end = PREFIXES["v1"] + _PATH
        if method.upper() != "POST" or not url.endswith(end) or not 200 <= status < 300:
            return
        try:
            made = json.loads(content or b"")["data"]["id"]
        except (ValueError, KeyError, TypeError):
            return  # the checks of the answer find that
        self.made.setdefault((url.removesuffix(end), key), {})[str(made)] = None

    def delete(self) -> list[str]:
        """Delete them, and return a line for each request that failed."""
        lines = []
        for (url, key), known in self.made.items():
            ids = list(known)
            for start in range(0, len(ids), _AT_ONCE):
                lines += _deleted(Api("v1", url, key, session=session_of(url)), ids[start : start + _AT_ONCE])
        self.made.clear()
        return lines


def _deleted(v1: Api, ids: Sequence[str]) -> list[str]:
    try:
        answer = v1.send("POST", f"{_PATH}/bulk", body={"action": "delete", "ids": ids})
    except RequestException as error:
        return [f"{len(ids)} webhooks of this run were not deleted: {type(error).__name__}"]
    return [] if answer.ok else [f"{len(ids)} webhooks of this run were not deleted: {answer}"]
