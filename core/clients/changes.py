"""Changes of clients as values: `core.clients.writing` stores them, `core.clients.followers` act upon them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.access.keys import Actor
from core.events.activities import Kind
from core.models.records import ClientRecord, StoredClient


@dataclass
class Change:
    """The change of one client: `before` is None for a new client, `after` is None for a removed one.

    `details` say more about the change than the difference does. `receiver_id` is the client that received the contents
    of a merged one. A follower sets `is_published` to false if subscribers need not be notified.
    """

    actor: Actor
    kind: Kind
    before: StoredClient | None
    after: StoredClient | None
    details: Mapping[str, Any] = field(default_factory=dict)
    receiver_id: int | None = None
    is_published: bool = True

    @property
    def was(self) -> ClientRecord | None:
        """The record before the change."""
        return None if self.before is None else self.before.record

    @property
    def became(self) -> ClientRecord | None:
        """The record after the change."""
        return None if self.after is None else self.after.record

    @property
    def client_id(self) -> int:
        """The client's id."""
        client = self.after or self.before
        assert client is not None
        return int(client.record["id"])


@dataclass(frozen=True)
class Move:
    """The move of many clients from one category to another in one statement. They are otherwise unchanged."""

    actor: Actor
    category_id: int
    target_id: int
    client_ids: Sequence[int]
