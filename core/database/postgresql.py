"""Connections to PostgreSQL: how they are made, how long anything may take on them, and what a pooler takes from them.

A pooler that hands its connections out by transaction (PgBouncer's `pool_mode=transaction`) keeps neither settings nor
prepared statements from one transaction to the next. A connection through one is recognised by the number of its
server's process, which a pooler does not know, and gets its limits in each transaction.
"""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, event

from core.database.addresses import Address

UNLIMITED = "unlimited"
"""The option of an execution that may take as long as it likes."""

_STATEMENT_SECONDS = 60  # no request of either dialect comes near; what does is stopped
_IDLE_SECONDS = 60  # after which PostgreSQL frees the locks of a gateway that vanished inside a transaction
_POOLED, _LIMITS = "pooled", "limits"
_NO_LIMITS = dict.fromkeys(("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"), "0")


def connect(engine: Engine, address: Address, wait_seconds: float, takes_writes: bool) -> None:
    """Have an engine connect to an address, and hold every connection to its limits.

    A lock is waited for `wait_seconds`. Of several hosts one that takes writes is chosen, or else a standby, unless the
    address says otherwise.
    """
    parameters = _parameters(address, wait_seconds, takes_writes)
    limits = (wait_seconds, _STATEMENT_SECONDS, _IDLE_SECONDS)
    texts = {name: f"{int(seconds * 1000)}ms" for name, seconds in zip(_NO_LIMITS, limits, strict=True)}
    event.listen(engine, "do_connect", partial(_connected, parameters))
    event.listen(engine, "connect", partial(_prepare, texts))
    event.listen(engine, "begin", _limit)


def is_pooled(connection: Connection) -> bool:
    """Whether a pooler stands between."""
    return bool(connection.info.get(_POOLED))


def is_pooled_by_transaction(one: Connection, other: Connection) -> bool:
    """Whether two connections got the same server's process, one after the other, while both are open."""
    pids = []
    for connection in (one, other):
        with connection.begin():  # which ends before the other's begins
            pids.append(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    return bool(pids[0] == pids[1])


def _parameters(address: Address, wait_seconds: float, takes_writes: bool) -> dict[str, Any]:
    # Keepalives notice a server that vanished without a word, within about half a minute.
    probing = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}
    wanted = "read-write" if takes_writes else "prefer-standby"
    chosen = {"target_session_attrs": wanted} if len(address.hosts) > 1 else {}
    timeout = {"connect_timeout": max(2, math.ceil(wait_seconds / len(address.hosts)))}
    return {**probing, **chosen, **timeout, **address.parameters}


def _connected(parameters: Mapping[str, Any], _dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> Any:
    import psycopg

    return psycopg.connect(**{**parameters, **options})


def _prepare(limits: Mapping[str, str], connection: Any, record: Any) -> None:
    with connection.cursor() as cursor:
        pid = cursor.execute("SELECT pg_backend_pid()").fetchone()[0]
        if pid == connection.info.backend_pid:
            for name, value in limits.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
        else:
            connection.prepare_threshold = None
            record.info[_POOLED] = True
    connection.commit()
    record.info[_LIMITS] = limits


def _limit(connection: Connection) -> None:
    if connection.get_execution_options().get(UNLIMITED):
        limits: Mapping[str, str] = _NO_LIMITS
    elif is_pooled(connection):
        limits = connection.info[_LIMITS]
    else:
        return
    settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in limits.items())
    connection.exec_driver_sql(f"SELECT {settings}")
