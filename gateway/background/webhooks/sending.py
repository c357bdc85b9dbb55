"""One message to one subscriber, signed as Standard Webhooks has it (standardwebhooks.com, specification 1.0).

Whoever subscribes a URL decides where this machine sends requests to; that is an operator at the command line and
nobody who calls an API. What comes back is looked at no further than its status.
"""

import asyncio
import logging
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from core.events.deliveries import Message, Outcome

log = logging.getLogger(__name__)
logging.getLogger("httpx").setLevel(logging.WARNING)  # it would tell of every request, by the subscriber's whole URL


class Sender:
    """An HTTP client to be closed in the end. A subscriber has `seconds` for everything."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        limits = httpx.Limits(max_keepalive_connections=0)  # bodies are left unread, so no connection is used again
        self._client = httpx.AsyncClient(timeout=seconds, follow_redirects=False, limits=limits)

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def send(self, message: Message) -> Outcome:
        """Make one attempt."""
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream("POST", message.url, content=message.payload, headers=_headers(message)) as answer,
            ):
                status = answer.status_code
        except TimeoutError:
            return Outcome(0, f"No answer within {self._seconds:g} seconds.")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Outcome(0, f"{type(error).__name__}: {error}")
        except Exception as error:
            log.exception("a webhook could not be sent")
            return Outcome(0, type(error).__name__)
        return Outcome(status, "" if httpx.codes.is_success(status) else f"The answer was {status}.")


def _headers(message: Message) -> dict[str, str]:
    at = datetime.now(UTC)
    return {
        "content-type": "application/json",
        "user-agent": "dual-dialect-gateway",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(message.secret).sign(message.message_id, at, message.payload),
    }
