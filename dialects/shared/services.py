"""The services that the endpoints of all dialects share."""

from dataclasses import dataclass, field

from core.database.database import Database
from core.database.replica import Replica
from core.documents.storage import DocumentStorage
from dialects.shared.fair_shares import Turns
from dialects.shared.passwords import PasswordGate
from dialects.shared.throttle import Throttle
from dialects.shared.waiting import ChangePoller
from schemas.bodies import Limits


@dataclass(frozen=True)
class Services:
    """What requests need; reads use the replica if there is one."""

    database: Database
    storage: DocumentStorage
    limits: Limits
    gate: PasswordGate
    replica: Replica | None = None
    throttle: Throttle | None = None
    change_poller: ChangePoller | None = None
    turns: Turns = field(default_factory=Turns)
