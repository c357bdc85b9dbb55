"""Changes of clients as values: what `core.clients.writing` has stored, and what `core.clients.followers` act upon."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.access.keys import Actor
from core.events.activities import Kind
from core.models.records import ClientRecord, StoredClient


@dataclass
class Change:
    """One client as it was, None before it was made, and as it has become, None once it is gone.

    `details` describe the change beside what differs. `receiver_id` names the client that has received what belonged to
    one that was merged away. `is_published` is set to false where it is known that there is no subscriber.
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
        """The record before."""
        return None if self.before is None else self.before.record

    @property
    def became(self) -> ClientRecord | None:
        """The record after."""
        return None if self.after is None else self.after.record

    @property
    def client_id(self) -> int:
        """The client's id."""
        client = self.after or self.before
        assert client is not None
        return int(client.record["id"])


@dataclass(frozen=True)
class Move:
    """Many clients that moved from one category to another in one statement, and are otherwise unchanged."""

    actor: Actor
    category_id: int
    target_id: int
    client_ids: Sequence[int]
