"""Provider states that are set up by a URL of the consumer or the deployment, as Pact's verifiers call it."""

from dataclasses import dataclass
from typing import Any

import httpx

from gateway.consumers.states import NotSetUp, Params, Values

_TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class RemoteStates:
    """A state change URL: `POST {"consumer", "state", "params", "action": "setup"}`, which may return values."""

    url: str

    def set_up(self, consumer: str, state: str, params: Params) -> Values:
        """Set up a state, and return the values for generators. Raises `NotSetUp`."""
        if not state:
            return {}
        body: dict[str, Any] = {"consumer": consumer, "state": state, "params": dict(params), "action": "setup"}
        try:
            answer = httpx.post(self.url, json=body, timeout=_TIMEOUT_SECONDS)
            answer.raise_for_status()
            values = answer.json() if answer.content else {}
        except (httpx.HTTPError, ValueError) as error:
            raise NotSetUp(f"{self.url} does not set up {state!r}: {error}") from error
        return {**params, **values} if isinstance(values, dict) else dict(params)
