"""On which node of a distributed register the rows of a company are, and whether that node answers."""

import time

from sqlalchemy import Connection

from core.database import distribution
from core.database.watchdog import Watchdog
from core.errors import NodeLost

_KNOWN_SECONDS = 60.0  # after which they are looked up again, because shards may be moved
_MAX_KNOWN = 4096


class CompanyNodes:
    """The nodes of the companies that have sent requests. It does nothing on a register that is not distributed."""

    def __init__(self, watchdog: Watchdog | None) -> None:
        self._watchdog = watchdog
        self._known: dict[int, str] = {}
        self._known_until = 0.0

    @property
    def is_distributed_register(self) -> bool:
        """Whether the register is distributed over the nodes of Citus, as far as is known."""
        return self._watchdog is not None and self._watchdog.is_distributed

    def known(self, company_id: int) -> str:
        """Return a company's node (`host:port`); "" if it is not known, or there is only one."""
        return self._known.get(company_id, "")

    def check(self, connection: Connection, company_id: int) -> None:
        """Raise `NodeLost` if the node with a company's rows does not answer now."""
        if self._watchdog is not None and self._watchdog.is_distributed:
            node = self._node_of(connection, company_id)
            if node in self._watchdog.lost_nodes:
                raise NodeLost("a node of the database does not answer")

    def check_all(self) -> None:
        """Raise `NodeLost` if any node does not answer now. Call it before work on all nodes."""
        if self._watchdog is not None and self._watchdog.lost_nodes:
            raise NodeLost("a node of the database does not answer")

    def _node_of(self, connection: Connection, company_id: int) -> str:
        if time.monotonic() > self._known_until or len(self._known) > _MAX_KNOWN:
            self._known, self._known_until = {}, time.monotonic() + _KNOWN_SECONDS
        node = self._known.get(company_id)
        if node is None:
            node = self._known[company_id] = distribution.node_of(connection, company_id)
        return node
