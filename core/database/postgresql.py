"""How connections to PostgreSQL are opened, for threads and for the event loop."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, func, select

from core.database.prepared import DIRECT

if TYPE_CHECKING:
    from psycopg import AsyncConnection

STATEMENT_SECONDS = 60
"""No request of either dialect comes near; what does is stopped."""

_IDLE_SECONDS = 60  # after which PostgreSQL frees the locks of a gateway that vanished inside a transaction
_LIMITS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
_SET = "SELECT set_config(%s, %s, false)"
# Keepalives notice a server that vanished without a word, within about half a minute.
_PROBING = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}


class Connections:
    """How they are opened, for those who wait `wait_seconds` for a lock. Statements are `prepared` on them.

    A pooler that gives each transaction another connection may know nothing of prepared statements: PgBouncer before
    1.21, and later where `max_prepared_statements` is 0. Whoever meets that says so by `prepared`.
    """

    def __init__(self, wait_seconds: float) -> None:
        self._wait_seconds = wait_seconds
        self.prepared = True

    @property
    def arguments(self) -> dict[str, Any]:
        """What the driver is given beside the URL."""
        return {"connect_timeout": max(2, math.ceil(self._wait_seconds)), **_PROBING}

    def prepare(self, connection: Any, record: Any) -> None:
        """Make a driver's new connection ready for threads."""
        from core.database.libpq import Direct

        record.info[DIRECT] = Direct(connection, self.prepared)
        connection.prepare_threshold = None  # it would deallocate all statements, others' too, at every rollback
        with connection.cursor() as cursor:
            for setting in self._settings():
                cursor.execute(_SET, setting)
        connection.commit()

    async def for_loop(self, engine: Engine) -> "AsyncConnection[Any]":
        """A connection to the same database for the event loop, where each statement is a transaction of its own."""
        from psycopg import AsyncConnection

        _, arguments = engine.dialect.create_connect_args(engine.url)
        arguments.update(self.arguments, client_encoding="utf8")
        connection = await AsyncConnection.connect(**arguments, autocommit=True, prepare_threshold=None)
        for setting in (*self._settings(), ("plan_cache_mode", "force_generic_plan")):
            await connection.execute(_SET, setting)
        return connection

    def _settings(self) -> Iterator[tuple[str, str]]:
        for name, seconds in zip(_LIMITS, (self._wait_seconds, STATEMENT_SECONDS, _IDLE_SECONDS), strict=True):
            yield name, f"{int(seconds * 1000)}ms"
        yield "jit", "off"  # which compiles for longer than any statement here takes, as soon as a register is large


def lift_limits(connection: Connection) -> None:
    """Let the connection's statements take as long as they need."""
    for name in _LIMITS:
        connection.execute(select(func.set_config(name, "0", False)))
