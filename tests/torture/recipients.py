"""Recipients of messages about new clients, a webhook subscriber and a mail server, which count what they receive."""

import time
from collections import Counter
from types import TracebackType
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller

from core.events.webhooks import Event, add
from tests.server import free_port
from tests.webhooks.receiver import Receiver

_TIMEOUT = 180.0  # seconds for messages that have accumulated without a leader
_STEP = 0.5


class Recipients:
    """Both recipients; they listen until the block ends."""

    def __init__(self) -> None:
        self._subscriber = Receiver()
        self._mailed: Counter[str] = Counter()
        self._mail_server = Controller(self, hostname="127.0.0.1", port=free_port(), ready_timeout=60)

    def __enter__(self) -> "Recipients":
        self._mail_server.start()
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._mail_server.stop()
        self._subscriber.close()

    @property
    def settings(self) -> dict[str, str]:
        """Return the settings that a gateway needs to reach them."""
        return {
            "smtp_url": f"smtp://127.0.0.1:{self._mail_server.port}",
            "mail_from": "us@x.example",
            "webhook_allow": str(urlsplit(self._subscriber.url).hostname),
            "webhook_timeout_seconds": "5",
        }

    def subscribe(self, connection, company_id: int) -> None:
        """Subscribe to a company's new clients."""
        add(connection, company_id, self._subscriber.url, "v1", (Event.CREATED,))

    async def handle_DATA(self, _server, _session, envelope) -> str:
        self._mailed.update(envelope.rcpt_tos)
        return "250 OK"

    def wait_for(self, count: int) -> tuple[int, int]:
        """Wait until both have so many clients. Return how often the most frequent webhook, and mail, has arrived."""
        deadline = time.monotonic() + _TIMEOUT
        while min(len(self._mailed), len(self._messages)) < count:
            assert time.monotonic() < deadline, (len(self._mailed), len(self._messages), count)
            time.sleep(_STEP)
        return max(self._messages.values()), max(self._mailed.values())

    @property
    def _messages(self) -> Counter[str]:
        return Counter(each.message_id for each in self._subscriber.requests[:])
