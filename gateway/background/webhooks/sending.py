"""Sends one message to one subscriber, signed by Standard Webhooks (standardwebhooks.com, specification 1.0).

An operator's webhook may lead anywhere. One whose address was chosen by a caller of an API or a team user goes only
where `core.events.targets` allows, and never through a proxy of the environment; a caller's webhook is unsigned. Only
the status of the answer is used; redirects are not followed.
"""

import asyncio
import logging
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from core.events.delivery_leases import Message, Outcome
from core.events.targets import Targets
from core.events.webhooks import CALLER, OPERATOR, TEAM
from gateway.background.webhooks.connecting import CheckedTransport

log = logging.getLogger(__name__)
logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log every request with the subscriber's whole URL


class Sender:
    """Two HTTP clients, one for operators' webhooks and one for others. A subscriber has `seconds` in all to answer."""

    def __init__(self, seconds: float, targets: Targets) -> None:
        self._seconds = seconds
        tls = httpx.create_ssl_context()
        limits = httpx.Limits(max_keepalive_connections=0)  # bodies are not read, so connections are not reused
        anywhere = httpx.AsyncClient(verify=tls, limits=limits, timeout=seconds, follow_redirects=False)
        checked = CheckedTransport(targets, httpx.AsyncHTTPTransport(verify=tls, limits=limits))
        outside = httpx.AsyncClient(transport=checked, trust_env=False, timeout=seconds, follow_redirects=False)
        self._clients = {OPERATOR: anywhere, CALLER: outside, TEAM: outside}

    async def close(self) -> None:
        """Close both clients."""
        for client in set(self._clients.values()):
            await client.aclose()

    async def send(self, message: Message) -> Outcome:
        """Make one attempt and return its outcome."""
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._clients[message.origin].stream(
                    message.method, message.url, content=message.payload, headers=_headers(message)
                ) as answer,
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
    headers = {"content-type": "application/json", "user-agent": "dual-dialect-gateway"}
    headers |= {name.lower(): value for name, value in message.headers.items()}
    headers |= {"webhook-id": message.message_id, "webhook-timestamp": str(int(at.timestamp()))}
    if message.secret:
        headers["webhook-signature"] = Webhook(message.secret).sign(message.message_id, at, message.payload)
    return headers
