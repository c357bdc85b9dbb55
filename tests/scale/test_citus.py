"""`gateway db distribute`: a register that is distributed over the nodes of Citus behaves like any other.

All other tests of the register also run on a distributed one, if there is a cluster (tests/conftest.py).
"""

import json
import os
from contextlib import closing, contextmanager

import psycopg
import pytest

from core.database import migrations
from core.database.database import Database
from tests import citus
from tests.drivers import new_company
from tests.gateway.command_line import CommandLine
from tests.server import serving

PUBLIC = "https://clients.example"
on_a_cluster = pytest.mark.skipif(not citus.is_there(), reason=citus.MISSING)


@pytest.fixture
def url(request) -> str:
    """An empty database on every node."""
    return citus.new_database(f"distributed_{os.getpid()}_{abs(hash(request.node.name)) % 10**8}")


@pytest.fixture
def gateway(url, folder) -> CommandLine:
    return CommandLine(url, folder)


@contextmanager
def queried(url: str):
    with psycopg.connect(url) as connection:
        yield connection.execute


def examined(gateway: CommandLine) -> dict[str, str]:
    """Return the finding of `gateway doctor` about the distribution."""
    (found,) = [each for each in json.loads(gateway.run("doctor", "--json").stdout) if each["check"] == "distribution"]
    return found


def made(url: str) -> None:
    with closing(Database(url, threads=1)) as database:
        migrations.upgrade(database)


@pytest.mark.engines("sqlite", "postgresql")
def test_a_server_without_the_extension_is_refused_and_not_changed(engine, new_database, folder):
    url = new_database(engine)
    made(url)
    command = CommandLine(url, folder)
    before = command("db", "current")
    refused = command.run("db", "distribute", "--yes")
    why = "cannot be distributed" if engine == "sqlite" else "does not have the extension citus"
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: ")
    assert why in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert command("db", "current") == before


@on_a_cluster
def test_distributing_a_register_does_not_change_its_answers(url, gateway, folder):
    with serving(url, folder, public_url=PUBLIC) as server, closing(new_company(server)) as company:
        name, key = company.name, company.key
        first = company.new_v1(name="Before", contacts=[{"email": "a@acme.example", "first_name": "A"}])
        shown = company.v1_view(first["id"])
    told = gateway.run("db", "distribute")
    assert told.exit_code == 1, told.stderr
    assert "To every node: companies, users, tokens." in told.stderr, told.stderr
    assert "Nothing was done" in told.stderr
    assert "Start the gateways" in gateway.run("db", "distribute", "--yes").stderr
    assert "already distributed" in gateway.run("db", "distribute", "--yes").stderr
    found = examined(gateway)
    assert found["state"] == "ok", found
    assert "over 2 nodes" in found["found"], found
    with serving(url, folder, public_url=PUBLIC) as server, closing(type(company)(server, key, name)) as again:
        assert again.v1_view(first["id"]) == shown
        assert again.new_v1(name="After")["number"] == "0002"
        assert [each["name"] for each in again.v1.get("/clients", params={"filter": "after"}).json()["data"]] == [
            "After"
        ]


@on_a_cluster
def test_an_interrupted_distribution_continues_and_is_not_served_before(url, gateway, folder):
    with serving(url, folder, public_url=PUBLIC) as server, closing(new_company(server)) as company:
        company.new_v1(name="Kept")
    with gateway.start("db", "distribute", "--yes") as process:
        for line in process.stderr:
            if line.startswith("spreading contacts"):
                process.kill()
                break
    for command in (("companies", "list"), ("db", "upgrade")):
        assert "partly distributed" in gateway.run(*command).stderr
    assert examined(gateway)["state"] == "failure"
    assert "Start the gateways" in gateway.run("db", "distribute", "--yes").stderr
    assert [each["clients"] for each in gateway.listed("companies", "list")] == [1]


@on_a_cluster
def test_distributing_is_refused_while_gateways_are_connected(url, gateway):
    made(url)
    with queried(url):
        refused = gateway.run("db", "distribute", "--yes")
    assert refused.exit_code == 1, refused.stderr
    assert "1 other connection" in refused.stderr, refused.stderr


@on_a_cluster
def test_locks_of_one_company_do_not_block_another(url, gateway):
    made(url)
    gateway("db", "distribute", "--yes")
    for name in ("Acme", "Beta"):
        gateway("bootstrap", "--company", name, "--email", "t@acme.example", "--password", "Secret123")
    with queried(url) as of_one, queried(url) as of_other:
        locked = "SELECT next_number FROM company_counters WHERE company_id = {} FOR NO KEY UPDATE"
        of_one(locked.format(1))
        of_other("SET lock_timeout = '1s'")
        assert of_other(locked.format(2)).fetchall() == [(1,)]
