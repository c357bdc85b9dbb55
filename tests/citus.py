"""Databases on the Citus cluster that GATEWAY_TEST_CITUS_URL names, for tests of a distributed register."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL, make_url

from core.database import distributing, migrations
from core.database.database import Database

VARIABLE = "GATEWAY_TEST_CITUS_URL"
MISSING = f"{VARIABLE} names no coordinator of Citus with at least one worker"


def is_there() -> bool:
    """Return whether there is a cluster to use."""
    return bool(os.environ.get(VARIABLE))


def new_database(name: str) -> str:
    """Return the URL of an empty database of that name on every node, which the coordinator knows."""
    return joined(list(_nodes(_url())), name)


def joined(nodes: list[URL], name: str) -> str:
    """Return the URL of an empty database of that name on these nodes; the first one is the coordinator."""
    for node in nodes:
        _run(node, "SET citus.enable_create_database_propagation = off", f"CREATE DATABASE {name}")
        _run(node.set(database=name), "CREATE EXTENSION citus")
    here, *workers = nodes
    made = here.set(database=name)
    _run(made, f"SELECT citus_set_coordinator_host('{here.host}', {here.port})")
    _run(made, *(f"SELECT citus_add_node('{each.host}', {each.port})" for each in workers))
    return made.render_as_string(hide_password=False)


def new_register(name: str) -> str:
    """Return the URL of an empty distributed register."""
    return distributed(new_database(name))


def distributed(url: str) -> str:
    """Create a register in a database and distribute it. Return the database's URL."""
    with closing(Database(url, threads=1)) as database:
        migrations.upgrade(database)
        distributing.distribute(database, lambda _step: None)
    return url


def programs() -> Path | None:
    """Return the folder of the cluster servers' programs, if they are on this machine."""
    with psycopg.connect(_url().render_as_string(hide_password=False)) as connection:
        row = connection.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone()
    folder = Path(row[0]) if row else Path()
    return folder if (folder / "initdb").exists() and (folder / "postgres").exists() else None


def _url() -> URL:
    return make_url(os.environ[VARIABLE]).set(drivername="postgresql")


def _nodes(url: URL) -> Iterator[URL]:
    """Return the coordinator, and every worker that it knows."""
    yield url
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        for host, port in connection.execute("SELECT nodename, nodeport FROM pg_dist_node WHERE groupid <> 0"):
            yield url.set(host=host, port=port)


def _run(url: URL, *statements: str) -> None:
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
