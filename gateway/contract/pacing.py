"""The pace at which a key may be used: waits as `X-RateLimit-*` and `Retry-After` of a deployment say."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

MAX_WAIT_SECONDS = 120
_MAX_REFUSALS = 5  # in a row, after which waiting is pointless
_MINUTE_SECONDS = 60


@dataclass
class Pace:
    """The rate limit of one key. `waited` counts seconds, `refused` the answers 429 and 503."""

    waited: float = 0.0
    refused: int = 0
    in_a_row: int = 0

    def waits(self, status: int, headers: Mapping[str, str]) -> bool:
        """Wait if the limit is used up. Return whether the request was refused for that and should be sent again."""
        if status not in (429, 503):
            self.in_a_row = 0
            if _number(headers.get("X-RateLimit-Remaining"), 1.0) <= 0:
                self._wait(self._until_reset(headers))
            return False
        self.refused += 1
        self.in_a_row += 1
        if self.in_a_row > _MAX_REFUSALS:
            return False
        self._wait(_number(headers.get("Retry-After"), 1.0))
        return True

    @staticmethod
    def _until_reset(headers: Mapping[str, str]) -> float:
        # Without a header, the quota is assumed to be renewed with the next minute.
        reset = _number(headers.get("X-RateLimit-Reset"), 0.0)
        now = time.time()
        if 0 < reset <= MAX_WAIT_SECONDS:  # some deployments send a duration instead of a time
            return reset
        return reset - now if reset > now else _MINUTE_SECONDS - now % _MINUTE_SECONDS

    def _wait(self, seconds: float) -> None:
        pause = min(max(seconds, 0.1), MAX_WAIT_SECONDS)
        self.waited += pause
        time.sleep(pause)


def _number(text: str | None, default: float) -> float:
    try:
        return float(text) if text is not None else default
    except ValueError:
        return default
