"""A register on the nodes of Citus is migrated while it is served, and each table ends up where it belongs."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from core.database.migrations import head
from tests import citus
from tests.drivers import new_company
from tests.gateway.command_line import ACME, KEY, CommandLine
from tests.process import GatewayProcess
from tests.registers.test_next_version import NEXT, Next, wait_for
from tests.server import serving
from tests.traffic import Traffic

PUBLIC = "https://clients.example"
OLDEST = "0026"
STEPS = """
    AddColumn("users", sa.Column("fax", sa.String(255), server_default="", nullable=False)),
    Backfill("users", "fax = 'none'", "fax = ''"),
    AddColumn("clients", sa.Column("fax", sa.String(255), server_default="", nullable=False)),
    Backfill("clients", "fax = 'none'", "fax = ''"),
    CreateIndex("clients", "ix_clients_fax", ["company_id", "fax", "id"]),
    CreateTable("faxes", lambda: [
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_faxes"),
        sa.UniqueConstraint("number", name="uq_faxes_number"),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_faxes_client_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_faxes_company_id", ondelete="CASCADE"),
    ]),
    CreateIndex("faxes", "ix_faxes_client", ["client_id"], unique=True),
    CreateTable("fax_lines", lambda: [sa.Column("id", sa.Integer(), primary_key=True)]),
"""
CONSTRAINTS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'faxes'::regclass AND contype <> 'n'
"""

pytestmark = [
    pytest.mark.engines("citus"),
    pytest.mark.skipif(not citus.is_there(), reason=citus.MISSING),
]


def query_rows(url: str, query: str) -> list[tuple]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def distribution(command: CommandLine) -> dict[str, str]:
    """Return the finding of `gateway doctor` about the distribution."""
    (found,) = [each for each in json.loads(command.run("doctor", "--json").stdout) if each["check"] == "distribution"]
    return found


def test_the_oldest_distributable_schema_is_migrated_to_this_version(new_database, folder):
    command = CommandLine(new_database("citus"), folder)
    with serving(command.database_url, folder, public_url=PUBLIC) as server, closing(new_company(server)) as company:
        made = company.new_v1(name="Kept", contacts=[{"email": "a@acme.example", "first_name": "A"}])
        shown = company.v1_view(made["id"])
    while command("db", "current") > OLDEST:
        command("db", "downgrade", "--discard-data")
    plan = command("db", "upgrade", "--plan")
    assert "create table used_forms, on the coordinator: " in plan
    command("db", "upgrade")
    assert command("db", "current") == head()
    found = distribution(command)
    assert found["state"] == "ok", found
    with serving(command.database_url, folder, public_url=PUBLIC) as server:
        again = type(company)(server, company.key, company.name)
        assert again.v1_view(made["id"]) == shown
        assert again.new_v1(name="After")["number"] == "0002"
        again.close()


@pytest.fixture
def following(engine, new_database, tmp_path: Path) -> Iterator[Next]:
    cli = CommandLine(new_database(engine), tmp_path)
    cli("bootstrap", *ACME, "--token", KEY)
    with GatewayProcess(cli.database_url, tmp_path) as running:
        yield Next(running, tmp_path)


def test_the_next_version_distributes_new_tables_while_this_one_serves(following):
    url = following.this.database_url
    following.has(STEPS)
    traffic = Traffic(following.running.port, KEY)
    with traffic.flowing():
        wait_for(lambda: traffic.statuses.total() > 30)
        status, plan = following.run("db", "upgrade", "--plan")
        assert status == 0, plan
        status, said = following.run("db", "upgrade")
        assert (status, following.this("db", "current")) == (0, NEXT), said
        time.sleep(2.5)  # servers look every second whether they may go on
        before = traffic.statuses.total()
        wait_for(lambda: traffic.statuses.total() > before + 30)
    assert (traffic.failures, set(traffic.statuses)) == ([], {200, 201})
    assert "create table faxes, spread by company: " in plan
    assert "create table fax_lines, on the coordinator: " in plan
    assert query_rows(url, "SELECT partmethod::text FROM pg_dist_partition WHERE logicalrelid = 'faxes'::regclass") == [
        ("h",)
    ]
    assert query_rows(url, "SELECT count(*) FROM pg_dist_partition WHERE logicalrelid = 'fax_lines'::regclass") == [
        (0,)
    ]
    assert dict(query_rows(url, CONSTRAINTS)) == {
        "pk_faxes": "PRIMARY KEY (company_id, id)",
        "uq_faxes_number": "UNIQUE (company_id, number)",
        "fk_faxes_client_id": "FOREIGN KEY (company_id, client_id)"
        " REFERENCES clients(company_id, id) ON DELETE CASCADE",
        "fk_faxes_company_id": "FOREIGN KEY (company_id) REFERENCES companies(id) ON DELETE CASCADE",
    }
    assert (
        "(company_id, client_id)"
        in query_rows(url, "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_faxes_client'")[0][0]
    )
    assert query_rows(url, "SELECT count(*) FROM users WHERE fax <> 'none'") == [(0,)]
    assert distribution(following.this)["state"] == "ok"
    status, said = following.run("db", "downgrade", "--discard-data")
    assert (status, following.this("db", "current")) == (0, head()), said
    assert following.this("check") == ""
