"""Connections to PostgreSQL: how they are opened, for threads and for the event loop, and their time limits.

A pooler that hands its connections out by transaction (PgBouncer's `pool_mode=transaction`) keeps neither settings nor
prepared statements from one transaction to the next. A connection through a pooler is recognised by the server's
process id, which a pooler does not know, and gets its settings in each transaction.
"""

import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DisconnectionError

from core.database.addresses import Address, with_host_last
from core.database.distribution import COUNTERS, SETTINGS
from core.database.prepared import DIRECT
from core.database.watchdog import Watchdog
from core.errors import Unavailable

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from core.database.direct import Direct
    from core.database.round_trips import RoundTrips

log = logging.getLogger(__name__)

STATEMENT_SECONDS = 60
"""The time limit of a statement. No request of either dialect takes nearly as long."""

SILENT = "the database does not answer"
UNLIMITED = "unlimited"
"""The option of an execution without a time limit."""

_IDLE_SECONDS = 60  # then PostgreSQL frees the locks of a gateway that vanished inside a transaction
_NO_LIMITS = dict.fromkeys(("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"), "0")
_TRUSTED_SECONDS = 1.0
_POOLED, _SETTINGS, _GENERATION, _DISTRIBUTED, _USED = "pooled", "settings", "generation", "distributed", "used"
_PID, _SET = "SELECT pg_backend_pid()", "SELECT set_config(%s, %s, false)"
_ABOUT = f"{_PID}, to_regclass('{COUNTERS.name}') IS NOT NULL"
_LASTING = {
    "jit": "off",  # on large registers it compiles for longer than any statement here takes
    # Every search reads what writers have appended to a trigram index since it was last merged, entry by entry. With
    # PostgreSQL's default of 4 MB, searches take up to ten times as long, and the write that merges delays others.
    "gin_pending_list_limit": "256kB",
}
# Keepalives notice a server that vanished silently within about half a minute.
_PROBING = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}


class Connections:
    """Opens connections to an address; each waits at most `wait_seconds` for a lock.

    Of several hosts, one that accepts writes is chosen, or without `takes_writes` preferably a standby, unless the URL
    says otherwise. Statements are `prepared` until an error shows that an unrecognised pooler does not support that.
    """

    def __init__(self, address: Address, wait_seconds: float, takes_writes: bool) -> None:
        self.prepared = True
        self.generation = 0
        """How many times all connections had to be replaced."""
        self._parameters: Mapping[str, Any] = _parameters(address, wait_seconds, takes_writes)
        self.watchdog = Watchdog(lambda: self._parameters, self._parameters["connect_timeout"], self._give_up)
        limits = (wait_seconds, STATEMENT_SECONDS, _IDLE_SECONDS)
        durations = {name: f"{int(each * 1000)}ms" for name, each in zip(_NO_LIMITS, limits, strict=True)}
        self._settings = {**durations, **_LASTING}

    def attach(self, engine: Engine) -> None:
        """Make an engine open its connections this way, with their settings."""
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "checkout", self._check)
        event.listen(engine, "reset", _roll_back)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "begin", _configure)

    def replace_all(self) -> None:
        """Replace every open connection before it is used again."""
        self.generation += 1

    def _give_up(self, silent: Mapping[str, str]) -> None:
        """Replace every connection before it is used again, and try all other hosts before a silent one."""
        self._parameters = with_host_last(self._parameters, silent)
        self.replace_all()

    async def for_loop(self, sent: Callable[[], int]) -> "tuple[AsyncConnection[Any], bool]":
        """Return a connection for the event loop, where each statement is a transaction, and whether it can prepare.

        `sent` returns how often the caller has sent something on it, from 1 on.
        """
        from psycopg import AsyncConnection

        options: dict[str, Any] = {**self._parameters, "client_encoding": "utf8"}
        connection = await AsyncConnection.connect(**options, autocommit=True, prepare_threshold=None)
        self.watchdog.watch(connection, sent)  # from now on: a pooler accepts connections to a silent server
        pid, distributed = await (await connection.execute(_ABOUT)).fetchone() or (0, False)
        self.watchdog.is_distributed = distributed
        is_direct = pid == connection.info.backend_pid
        if is_direct:
            # Citus plans a statement for the node to which its values belong.
            plans = {} if distributed else {"plan_cache_mode": "force_generic_plan"}
            for setting in ({**self._settings, **plans}).items():
                await connection.execute(_SET, setting)
        return connection, is_direct and self.prepared

    def _connect(self, _dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> Any:
        import psycopg

        if self.watchdog.is_silent:
            raise Unavailable(SILENT)
        try:
            return psycopg.connect(**{**self._parameters, **options})
        except psycopg.errors.ConnectionTimeout:
            self.watchdog.note_silence()
            self.replace_all()
            raise

    def _prepare(self, connection: Any, record: Any) -> None:
        from core.database.direct import Direct

        self.watchdog.watch(connection, lambda: _sent(record))  # from now on, see `for_loop`
        connection.prepare_threshold = (
            None  # it would deallocate all statements at every rollback, also those of others
        )
        with connection.cursor() as cursor:
            pid, distributed = cursor.execute(_ABOUT).fetchone() or (0, False)
            is_direct = pid == connection.info.backend_pid
            settings = {**self._settings, **(SETTINGS if distributed else {})} if is_direct else {}
            for setting in settings.items():
                cursor.execute(_SET, setting)
        connection.commit()
        record.info[DIRECT] = Direct(connection, is_direct and self.prepared, defers=not distributed)
        self.watchdog.is_distributed = distributed
        record.info.update({_POOLED: not is_direct, _SETTINGS: self._settings, _GENERATION: self.generation})
        record.info[_DISTRIBUTED] = distributed
        _note_use(connection, record)

    def _check(self, _connection: Any, record: Any, _proxy: Any) -> None:
        if record.info[_GENERATION] != self.generation or not _is_alive(record):
            raise DisconnectionError  # SQLAlchemy's pool then opens another one in its place


def _sent(record: Any) -> int:
    """Return a lower bound of how often something was sent on a connection; 1 while it is being prepared."""
    direct: Direct | None = record.info.get(DIRECT)
    return 1 if direct is None else direct.sent


def _roll_back(connection: Any, _record: Any, state: Any) -> None:
    """Roll back before a connection is used again, or close it: SQLAlchemy would log a failure as an error."""
    if not (connection.closed or state.transaction_was_reset):
        try:
            connection.rollback()
        except connection.Error as error:
            log.info("a connection to PostgreSQL was lost: %s", error)
            connection.close()


def _note_use(_connection: Any, record: Any) -> None:
    record.info[_USED] = time.monotonic()


def _is_alive(record: Any) -> bool:
    """Return whether the server still answers; a connection that was just used and is quiet is not checked."""
    round_trips: RoundTrips = record.info[DIRECT].round_trips
    was_just_used = time.monotonic() - record.info[_USED] < _TRUSTED_SECONDS
    return (was_just_used and round_trips.is_quiet()) or round_trips.answers()


def is_pooled(connection: Connection) -> bool:
    """Return whether the connection goes through a pooler."""
    return bool(connection.info.get(_POOLED))


def is_distributed(connection: Connection) -> bool:
    """Return whether the register is distributed over the nodes of Citus (`core.database.distribution`)."""
    return bool(connection.info.get(_DISTRIBUTED))


def is_pooled_by_transaction(one: Connection, other: Connection) -> bool:
    """Return whether two open connections were served by the same server process, one after the other."""
    pids = []
    for connection in (one, other):
        with connection.begin():  # it ends before the other's transaction begins
            pids.append(connection.exec_driver_sql(_PID).scalar_one())
    return bool(pids[0] == pids[1])


def _parameters(address: Address, wait_seconds: float, takes_writes: bool) -> dict[str, Any]:
    wanted = "read-write" if takes_writes else "prefer-standby"
    chosen = {"target_session_attrs": wanted} if len(address.hosts) > 1 else {}
    timeout = {"connect_timeout": max(2, math.ceil(wait_seconds / len(address.hosts)))}
    return {**_PROBING, **chosen, **timeout, **address.parameters}


def _configure(connection: Connection) -> None:
    """Set what applies to this transaction: everything if a pooler keeps no settings, and no limits on request."""
    settings: Mapping[str, str] = connection.info[_SETTINGS] if is_pooled(connection) else {}
    if connection.get_execution_options().get(UNLIMITED):
        settings = {**settings, **_NO_LIMITS}
    if settings:
        each = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
        connection.exec_driver_sql(f"SELECT {each}")
