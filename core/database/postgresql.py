"""Connections to PostgreSQL: how they are opened, for threads and for the event loop, and how long anything may take.

A pooler that hands its connections out by transaction (PgBouncer's `pool_mode=transaction`) keeps neither settings nor
prepared statements from one transaction to the next. A connection through one is recognised by the number of its
server's process, which a pooler does not know, and gets its limits in each transaction.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DisconnectionError

from core.database.addresses import Address
from core.database.distribution import COUNTERS, SETTINGS
from core.database.prepared import DIRECT

if TYPE_CHECKING:
    from psycopg import AsyncConnection

STATEMENT_SECONDS = 60
"""No request of either dialect comes near; what does is stopped."""

UNLIMITED = "unlimited"
"""The option of an execution that may take as long as it likes."""

_IDLE_SECONDS = 60  # after which PostgreSQL frees the locks of a gateway that vanished inside a transaction
_NO_LIMITS = dict.fromkeys(("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"), "0")
_POOLED, _LIMITS, _GENERATION, _DISTRIBUTED = "pooled", "limits", "generation", "distributed"
_PID, _SET = "SELECT pg_backend_pid()", "SELECT set_config(%s, %s, false)"
_ABOUT = f"{_PID}, to_regclass('{COUNTERS.name}') IS NOT NULL"
_JIT = {"jit": "off"}  # which compiles for longer than any statement here takes, as soon as a register is large
# Keepalives notice a server that vanished without a word, within about half a minute.
_PROBING = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}


class Connections:
    """How connections to an address are opened, for those who wait `wait_seconds` for a lock.

    Of several hosts one that takes writes is chosen, or else a standby, unless the address says otherwise. Statements
    are `prepared`, until somebody meets a pooler that knows nothing of them and was not recognised.
    """

    def __init__(self, address: Address, wait_seconds: float, takes_writes: bool) -> None:
        self.prepared = True
        self.generation = 0
        """How often all connections were to be replaced."""
        self._parameters = _parameters(address, wait_seconds, takes_writes)
        limits = (wait_seconds, STATEMENT_SECONDS, _IDLE_SECONDS)
        self._limits = {name: f"{int(each * 1000)}ms" for name, each in zip(_NO_LIMITS, limits, strict=True)}

    def attach(self, engine: Engine) -> None:
        """Have an engine open its connections so, and hold each to its limits."""
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "checkout", self._check)
        event.listen(engine, "begin", _limit)

    def renew(self) -> None:
        """Have every connection that is open now replaced before it is used again."""
        self.generation += 1

    async def for_loop(self) -> "tuple[AsyncConnection[Any], bool]":
        """A connection for the event loop, where each statement is a transaction of its own; whether it prepares."""
        from psycopg import AsyncConnection

        options: dict[str, Any] = {**self._parameters, "client_encoding": "utf8"}
        connection = await AsyncConnection.connect(**options, autocommit=True, prepare_threshold=None)
        pid, distributed = await (await connection.execute(_ABOUT)).fetchone() or (0, False)
        is_direct = pid == connection.info.backend_pid
        if is_direct:
            # Citus plans a statement for the node that its values lead to.
            plans = {} if distributed else {"plan_cache_mode": "force_generic_plan"}
            for setting in ({**self._limits, **_JIT, **plans}).items():
                await connection.execute(_SET, setting)
        return connection, is_direct and self.prepared

    def _connect(self, _dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> Any:
        import psycopg

        return psycopg.connect(**{**self._parameters, **options})

    def _prepare(self, connection: Any, record: Any) -> None:
        from core.database.libpq import Direct

        connection.prepare_threshold = None  # it would deallocate all statements, others' too, at every rollback
        with connection.cursor() as cursor:
            pid, distributed = cursor.execute(_ABOUT).fetchone() or (0, False)
            is_direct = pid == connection.info.backend_pid
            settings = {**self._limits, **_JIT, **(SETTINGS if distributed else {})} if is_direct else {}
            for setting in settings.items():
                cursor.execute(_SET, setting)
        connection.commit()
        record.info[DIRECT] = Direct(connection, is_direct and self.prepared)
        record.info.update({_POOLED: not is_direct, _LIMITS: self._limits, _GENERATION: self.generation})
        record.info[_DISTRIBUTED] = distributed

    def _check(self, _connection: Any, record: Any, _proxy: Any) -> None:
        if record.info[_GENERATION] != self.generation:
            raise DisconnectionError  # which has SQLAlchemy's pool open another one in its place


def is_pooled(connection: Connection) -> bool:
    """Whether a pooler stands between."""
    return bool(connection.info.get(_POOLED))


def is_distributed(connection: Connection) -> bool:
    """Whether the register is spread over the nodes of Citus (`core.database.distribution`)."""
    return bool(connection.info.get(_DISTRIBUTED))


def is_pooled_by_transaction(one: Connection, other: Connection) -> bool:
    """Whether two connections got the same server's process, one after the other, while both are open."""
    pids = []
    for connection in (one, other):
        with connection.begin():  # which ends before the other's begins
            pids.append(connection.exec_driver_sql(_PID).scalar_one())
    return bool(pids[0] == pids[1])


def _parameters(address: Address, wait_seconds: float, takes_writes: bool) -> dict[str, Any]:
    wanted = "read-write" if takes_writes else "prefer-standby"
    chosen = {"target_session_attrs": wanted} if len(address.hosts) > 1 else {}
    timeout = {"connect_timeout": max(2, math.ceil(wait_seconds / len(address.hosts)))}
    return {**_PROBING, **chosen, **timeout, **address.parameters}


def _limit(connection: Connection) -> None:
    if connection.get_execution_options().get(UNLIMITED):
        limits: Mapping[str, str] = _NO_LIMITS
    elif is_pooled(connection):
        limits = connection.info[_LIMITS]
    else:
        return
    settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in limits.items())
    connection.exec_driver_sql(f"SELECT {settings}")
