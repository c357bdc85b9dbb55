"""`gateway db distribute`: distributes a register over the nodes of Citus."""

from contextlib import closing

from core.database import distributing, migrations
from core.database.database import Database
from gateway.cli.confirming import Yes, confirm
from gateway.cli.errors import say
from gateway.cli.session import opened, reached, refusals, settings

_NAME = "GATEWAY_DATABASE_URL"


def distribute(yes: Yes = False) -> None:
    """Distribute a PostgreSQL register over the nodes of Citus.

    Citus is an extension of PostgreSQL; each company is stored on one node. Extension and nodes must exist: CREATE
    EXTENSION citus in a database of the same name on every server, then citus_set_coordinator_host and citus_add_node
    on the server that GATEWAY_DATABASE_URL names. Stop every gateway first. If the command was interrupted, run it
    again to continue; no gateway serves the register until it is complete. If there is no register, an empty one is
    created, for `gateway db copy` to fill. Only `gateway db copy` can reverse it.

    \b
    Example:
      gateway db distribute --yes
    """
    with refusals(), closing(opened(settings().database_url, _NAME)) as database:
        with reached(database, _NAME):
            planned = database.read_now(distributing.plan)
        if not planned:
            say("The register is already distributed.")
            return
        confirm("\n".join(planned), "Distribute it now?", yes)
        _make_schema(database)
        distributing.distribute(database, lambda step: say(f"{step} ..."))
    say("The register was distributed. Start the gateways.")


def _make_schema(database: Database) -> None:
    if not database.read_now(distributing.is_unfinished):
        migrations.upgrade(database)
