"""Probes: whether a PostgreSQL server answers a new connection, and which nodes a coordinator of Citus cannot reach.

No probe waits longer than its time limit, whatever the server does: libpq itself limits the making of a connection
only.
"""

import re
import select
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import psycopg
from psycopg.pq import ExecStatus

from core.database.libpq import error_of
from core.database.watchdog import ProbeResult

_NODES = (
    "SELECT nodename, CAST(nodeport AS text) FROM pg_dist_node"
    " WHERE groupid <> 0 AND isactive AND noderole = 'primary' AND nodecluster = current_setting('citus.cluster_name')"
)
_REACHES = "SELECT CAST(citus_check_connection_to_node($1, CAST($2 AS integer)) AS text)"
_SERVER_MESSAGE = re.compile(r":  ")  # between the severity and the text of its error, in every language

Row = Sequence[bytes | None]


class Silent(Exception):
    """The server has not answered in time."""


def probe(parameters: Mapping[str, Any], seconds: float) -> ProbeResult:
    """Return what a server does with a connection with these parameters."""
    try:
        with closing(psycopg.connect(**parameters, autocommit=True)) as connection:
            _rows(connection, seconds, "SELECT 1")
    except (Silent, psycopg.errors.ConnectionTimeout):
        return ProbeResult.IS_SILENT
    except psycopg.Error as error:
        return ProbeResult.ANSWERS if _SERVER_MESSAGE.search(str(error)) else ProbeResult.IS_AWAY
    return ProbeResult.ANSWERS


def unreachable_nodes(parameters: Mapping[str, Any], seconds: float) -> frozenset[str]:
    """Return the workers (`host:port`) to which a coordinator of Citus cannot connect.

    Raises `psycopg.Error` and `Silent` if the coordinator itself does not answer.
    """
    with closing(psycopg.connect(**parameters, autocommit=True)) as connection:
        nodes = _rows(connection, seconds, _NODES)
    return frozenset(
        f"{(name or b'').decode()}:{(port or b'').decode()}"
        for name, port in nodes
        if not _is_reached(parameters, seconds, [name, port])
    )


def _is_reached(parameters: Mapping[str, Any], seconds: float, node: Row) -> bool:
    # Each over a connection of its own: a coordinator would use one to the node that it made before.
    with closing(psycopg.connect(**parameters, autocommit=True)) as connection:
        try:
            return _rows(connection, seconds, _REACHES, node)[0][0] == b"true"
        except Silent:
            return False


def _rows(connection: psycopg.Connection[Any], seconds: float, sql: str, values: Row = ()) -> list[Row]:
    """Return the rows of a statement. Raises `Silent`, and the error of the server."""
    libpq, found = connection.pgconn, list[Row]()
    deadline = time.monotonic() + seconds
    libpq.send_query_params(sql.encode(), list(values))
    while True:
        while libpq.is_busy():
            if not select.select([libpq.socket], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise Silent
            libpq.consume_input()
        result = libpq.get_result()
        if result is None:
            return found
        if result.status != ExecStatus.TUPLES_OK:
            raise error_of(result)
        found += [[result.get_value(row, at) for at in range(result.nfields)] for row in range(result.ntuples)]
