"""Checks the distribution of a register over the nodes of Citus."""

from collections.abc import Iterator

from sqlalchemy import Connection

from core.database import distribution
from core.database.distributing import is_unfinished
from core.text.plural import counted
from gateway.doctor.finding import Finding, failure, ok, warning

_CHECK = "distribution"
_AGAIN = "Stop every gateway, and run `gateway db distribute`."


def examine(connection: Connection) -> Iterator[Finding]:
    """Yield one finding for a register that is distributed, or could be; else none."""
    if connection.dialect.name == "sqlite":
        return
    is_distributed = distribution.has_counters(connection)
    if is_unfinished(connection):
        yield failure(_CHECK, "The register is only half distributed.", _AGAIN)
    elif not distribution.is_installed(connection):
        if is_distributed:
            problem = "The register was distributed, and this database does not have the extension citus."
            yield warning(_CHECK, problem, "Was a backup restored here? The register works, but on this server alone.")
    elif is_distributed:
        yield _placement(connection)
    else:
        yield ok(_CHECK, "Citus is installed and not used; `gateway db distribute` would distribute the register.")


def _placement(connection: Connection) -> Finding:
    if missing := distribution.missing(connection):
        return failure(_CHECK, f"These tables are not distributed: {', '.join(missing)}.", _AGAIN)
    nodes = distribution.nodes(connection)
    if away := [f"{each.name}:{each.port}" for each in nodes if not each.is_active]:
        return failure(_CHECK, f"These nodes are not active: {', '.join(away)}.", "Check pg_dist_node.")
    if silent := [f"{each.name}:{each.port}" for each in distribution.unreachable(connection)]:
        problem = f"These nodes do not answer: {', '.join(silent)}. The companies on them are not served."
        return failure(
            _CHECK, problem, "Start them, or let their standbys take over; the gateways then recover by themselves."
        )
    spread = counted(sum(each.has_shards for each in nodes), "node")
    by_company = counted(len(distribution.by_company()) + 1, "table")
    everywhere = len(distribution.ON_ALL_NODES)
    return ok(_CHECK, f"{by_company} are spread by company over {spread}; {everywhere} are on every node.")
