"""`gateway db copy`: a register that is copied to the other engine is the same, whatever happened meanwhile."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import text

from core.database.database import Database
from tests import citus
from tests.drivers import Company, new_company
from tests.gateway.command_line import ACME, CommandLine
from tests.register.callers import CALLERS
from tests.server import serving

DIRECTIONS = [("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite")]
DIRECTIONS += [("sqlite", "citus"), ("citus", "sqlite")] if citus.is_there() else []


@pytest.fixture(params=DIRECTIONS, ids=["-to-".join(each) for each in DIRECTIONS])
def urls(request, new_database, new_register) -> tuple[str, str]:
    """The URLs of a source, which tests fill, and an empty target."""
    source, target = request.param
    return new_register(source), new_database(target)


def copy(source: str, target: str, folder, *options: object, status: int = 0) -> str:
    """Return what the command prints."""
    result = CommandLine(source, folder).run("db", "copy", source, target, *options)
    assert result.exit_code == status, result.output
    return result.stderr


def rows(url: str, query: str) -> list:
    database = Database(url, threads=1)
    try:
        return database.read_now(lambda connection: connection.execute(text(query)).all())
    finally:
        database.close()


def write(url: str, *statements: str) -> None:
    def unit(connection) -> None:
        for each in statements:
            connection.execute(text(each))

    database = Database(url, threads=1)
    try:
        database.write_now(unit)
    finally:
        database.close()


def lived_in(company: Company) -> dict[str, list]:
    """Create records of every kind. Return how both dialects show them."""
    first = company.new_v1(
        name="Größe & 東京",
        settings={"currency_id": "2", "nested": {"a": [1.5, None, True]}},
        contacts=[{"first_name": "Jane", "email": "Jane@X.example"}, {"first_name": "Jim", "send_email": False}],
        shipping_country_id="276",
        private_notes="tab\t, line\n, backslash \\N and \\. and emoji \N{GRINNING FACE}",
    )
    company.v1.put(f"/clients/{first['id']}/upload", files=[("file", ("a.txt", b"first")), ("file", ("b.gif", b"GIF"))])
    noted = company.new_legacy(tags=["one", "two"], send_email="yes")
    note = {"note_title": "Größe", "note_description": "At noon.", "noteresource_id": noted["id"], "tags": ["a", "b"]}
    assert company.api.post("/notes", json=note).status_code == 201
    hook = {"event_id": "37", "target_url": "https://hooks.example/a", "headers": {"X-A": "1"}}
    company.v1.post("/webhooks", json=hook)
    company.v1.delete(f"/clients/{company.new_v1()['id']}")
    archived = company.new_legacy()
    company.api.put(f"/clients/{archived['id']}/status", json={"status": "suspended"})
    company.api.delete(f"/clients/{company.new_legacy()['id']}")  # the last id of all, which must not be assigned again
    return shown(company)


def shown(company: Company) -> dict[str, list]:
    found = {
        "api": company.api.get("/clients").json()["data"],
        "notes": company.api.get("/notes").json()["data"],
        "v1": company.v1.get("/clients?status=active,archived,deleted&include=documents").json()["data"],
        "changes": company.v1.get("/changes").json(),
        "webhooks": company.v1.get("/webhooks").json()["data"],
        "search": company.v1.get("/clients?filter=%E6%9D%B1%E4%BA%AC").json()["data"],
        "totals": [caller(company).total(caller(company).http.get("/clients").json()) for caller in CALLERS.values()],
    }
    assert len(found["v1"]) == 4
    assert len(found["search"]) == 1
    return found


def test_a_copied_register_looks_the_same_to_every_integration(urls, object_store, tmp_path):
    source, target = urls
    bucket = object_store.new_bucket()
    with serving(source, tmp_path, public_url="http://gateway.example", housekeeping_seconds=60) as server:
        company = new_company(server)
        before, files = lived_in(company), server.stored()
        company.close()
    said = copy(source, target, tmp_path, "--storage", tmp_path / "documents", bucket)
    assert "The bytes of 2 documents were copied." in said
    assert "The target has the same" in said
    with serving(target, tmp_path, public_url="http://gateway.example", storage_url=bucket) as server:
        moved = Company(server, company.key, company.name)
        assert shown(moved) == before
        assert server.stored() == files
        assert moved.new_v1()["id"] == moved.v1_of(6)  # the fifth was purged
        moved.close()
    assert CommandLine(target, tmp_path).run("check", GATEWAY_STORAGE_URL=bucket).exit_code == 0


@pytest.fixture
def large(urls, tmp_path) -> CommandLine:
    """The command line on a source that takes a while to copy."""
    cli = CommandLine(urls[0], tmp_path)
    cli("bootstrap", *ACME)
    outbox = "INSERT INTO outbox (company_id, recipient, subject, body, sent_at)"
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
    retired = "INSERT INTO retired_numbers (company_id, number)"
    chosen = "SELECT 1, 'jane' || i || '@x.example', 'Wélcome', 'Dear', 1 FROM n"
    if urls[0].startswith("sqlite"):
        write(urls[0], f"{numbers} {outbox} {chosen}", f"{numbers} {retired} SELECT 1, 'N-' || i FROM n")
    else:
        write(urls[0], f"{outbox} {numbers} {chosen}", f"{retired} {numbers} SELECT 1, 'N-' || i FROM n")
    return cli


# Whoever kills it from outside may come too late. The table is one in the middle, and its first batch is committed.
KILLED_IN_THE_MIDDLE = """
import os, signal, sys
from core.operations.copying import loading
from gateway.__main__ import main

load, batches = loading.load, []

def load_or_die(connection, table, rows):
    load(connection, table, rows)
    batches.append(table.name)
    if batches.count("retired_numbers") == 2:
        os.kill(os.getpid(), signal.SIGKILL)

loading.load = load_or_die
main()
"""


def begun_and_killed(cli: CommandLine, source: str, target: str) -> int:
    """Have a copy killed in the middle. Return how many rows it brought of `retired_numbers`."""

    def popen(command: list[str], **how: Any) -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-c", KILLED_IN_THE_MIDDLE, *command[3:]], **how)

    process = cli.start("db", "copy", source, target, popen=popen)
    said = process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL, said
    return rows(target, "SELECT count(*) FROM retired_numbers")[0][0]


def test_a_killed_copy_is_resumed_and_cannot_be_served_before_it_is_complete(urls, large, tmp_path):
    source, target = urls
    brought = begun_and_killed(large, source, target)
    assert 0 < brought < 60_000
    refused = CommandLine(target, tmp_path).run("token", "list")
    assert (refused.exit_code, "an unfinished copy" in refused.stderr) == (1, True)
    assert "The target has the same 120" in copy(source, target, tmp_path)
    for query in ("SELECT max(number) FROM retired_numbers", "SELECT count(*), max(id), min(subject) FROM outbox"):
        assert rows(source, query) == rows(target, query)
    assert len(CommandLine(target, tmp_path).listed("token", "list")) == 1


def test_a_source_that_changed_between_two_runs_is_detected(urls, large, tmp_path):
    source, target = urls
    begun_and_killed(large, source, target)
    write(source, "UPDATE companies SET name = 'Other' WHERE id = 1")
    assert "Table companies differs: 1 row in the source, 1 in the target" in copy(source, target, tmp_path, status=1)
    assert CommandLine(target, tmp_path).run("token", "list").exit_code == 1


def test_invalid_copies_are_refused_before_anything_is_written(new_database, tmp_path):
    source, target = new_database("sqlite"), new_database("sqlite")
    assert "there is no file" in copy(source, target, tmp_path, status=1)
    for each in (source, target):
        CommandLine(each, tmp_path)("bootstrap", *ACME)
    assert "the same database" in copy(source, source, tmp_path, status=1)
    assert "The target already has rows in companies" in copy(source, target, tmp_path, status=1)
    assert "TARGET_URL: it has no scheme" in copy(source, "nonsense", tmp_path, status=1)
    assert len(CommandLine(target, tmp_path).listed("token", "list")) == 1


def test_documents_without_bytes_are_reported_after_all_others_are_copied(new_database, new_register, tmp_path):
    source, target, there = new_register("sqlite"), new_database("sqlite"), tmp_path / "there"
    with serving(source, tmp_path) as server:
        company = new_company(server)
        lived_in(company)
        next(each for each in server.storage_folder.rglob("*.txt")).unlink()
        company.close()
    said = copy(source, target, tmp_path, "--storage", tmp_path / "documents", there, status=1)
    assert "1 document with missing bytes" in said
    assert [each.read_bytes() for each in there.rglob("*.gif")] == [b"GIF"]


def test_a_database_of_another_program_is_refused_as_target(tmp_path):
    source, other = f"sqlite:///{tmp_path / 'source.db'}", tmp_path / "other.db"
    CommandLine(source, tmp_path)("bootstrap", *ACME)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE invoices (id INTEGER)")
    before = other.read_bytes()
    assert "tables of another program, invoices for example" in copy(source, f"sqlite:///{other}", tmp_path, status=1)
    with closing(sqlite3.connect(other)) as connection:
        assert [name for (name,) in connection.execute("SELECT name FROM sqlite_master")] == ["invoices"]
    assert len(other.read_bytes()) == len(before)


@pytest.mark.parametrize("name", ["folder", "pipe", "device"])
def test_a_folder_a_pipe_or_a_device_is_refused_as_register(tmp_path, name):
    source, target = f"sqlite:///{tmp_path / 'source.db'}", tmp_path / "place" / name
    CommandLine(source, tmp_path)("bootstrap", *ACME)
    target.parent.mkdir()
    if name == "folder":
        target.mkdir()
    elif name == "pipe":
        os.mkfifo(target)
    else:
        try:
            os.mknod(target, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        except PermissionError:
            pytest.skip("only root can make a device, and not in every container")
    said = copy(source, f"sqlite:///{target}", tmp_path, status=1)
    assert said == f"Error: TARGET_URL: {target} is not a regular file.\n"
    said = CommandLine(f"sqlite:///{target}", tmp_path).run("bootstrap", *ACME).stderr
    assert said == f"Error: GATEWAY_DATABASE_URL: {target} is not a regular file.\n"
    assert [each.name for each in target.parent.iterdir()] == [name]


def test_copied_documents_overwrite_no_other_bytes(new_database, new_register, tmp_path):
    source, there = new_register("sqlite"), tmp_path / "there"
    with serving(source, tmp_path) as server:
        company = new_company(server)
        lived_in(company)
        company.close()
        key = next(server.storage_folder.rglob("*.txt")).relative_to(server.storage_folder)
    (there / key).parent.mkdir(parents=True)
    (there / key).write_bytes(b"somebody else's")
    said = copy(source, new_database("sqlite"), tmp_path, "--storage", tmp_path / "documents", there, status=1)
    assert f"has other bytes of 1 document, {key} for example" in said
    assert (there / key).read_bytes() == b"somebody else's"
    assert len([each for each in there.rglob("*") if each.is_file()]) == 2  # the other one was copied nevertheless
