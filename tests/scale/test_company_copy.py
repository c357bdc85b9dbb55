"""`gateway db copy --company`: one company moves into a register that has others, completely or not at all."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import select, text

from core.database.database import Database
from core.models import metadata
from core.operations.copying import loading
from tests.drivers import Company, new_company
from tests.gateway.command_line import CommandLine
from tests.scale.test_copy import lived_in, rows, shown, write
from tests.server import Server, serving

PUBLIC_URL = "http://gateway.example"
DIRECTIONS = [("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite"), ("postgresql", "postgresql")]
MANY = 20_000


@pytest.fixture(params=DIRECTIONS, ids=["-to-".join(each) for each in DIRECTIONS])
def urls(request, new_register) -> tuple[str, str]:
    """The URLs of a source and a target, both without companies."""
    source, target = request.param
    return new_register(source), new_register(target)


@contextmanager
def gateway(url: str, folder, **settings) -> Iterator[Server]:
    folder.mkdir(exist_ok=True)
    with serving(
        url, folder, public_url=PUBLIC_URL, housekeeping_seconds=3600, webhook_delivery=False, **settings
    ) as server:
        yield server


@contextmanager
def other_register(url: str, folder, first_id: int = 1_000_000) -> Iterator[tuple[Server, Company]]:
    """A gateway that serves a company whose ids are beyond those of the source."""
    with gateway(url, folder) as server:
        last = {table.name: first_id for table in loading.tables_with_ids()}
        server.database.write_now(lambda connection: loading.set_last_ids(connection, last))
        company = new_company(server)
        lived_in(company)
        yield server, company
        company.close()


def contents(url: str, company: str) -> dict[str, list]:
    """Return every row that does not belong to this company, by table."""

    def unit(connection) -> dict[str, list]:
        name = {"name": company}
        moved = connection.execute(text("SELECT id FROM companies WHERE name = :name"), name).scalar() or 0
        keys = connection.execute(text("SELECT id FROM tokens WHERE company_id = :id"), {"id": moved}).scalars().all()
        found = {}
        for table in metadata.sorted_tables:
            listed = connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
            of_others = [row for row in map(dict, listed) if row.get("company_id", row.get("id")) != moved]
            found[table.name] = [row for row in of_others if row.get("token_id") not in keys]
        return found

    database = Database(url, threads=1)
    try:
        return database.read_now(unit)
    finally:
        database.close()


def copied(source: str, target: str, company: Company, folder, *options: object, status: int = 0) -> str:
    """Run the command. Return what it prints."""
    result = CommandLine(source, folder).run("db", "copy", "--company", company.name, source, target, *options)
    assert result.exit_code == status, result.output
    return result.stderr


def test_a_copied_company_is_complete_and_others_do_not_change(urls, tmp_path):
    source, target = urls
    here, there = tmp_path / "here", tmp_path / "there"
    with gateway(source, here) as server, other_register(target, there) as (other_server, other):
        stays, company = new_company(server), new_company(server)
        stays.new_v1(name="Stays")
        before, files = lived_in(company), server.stored()
        untouched, seen_by_other = contents(target, company.name), shown(other)
        of_source = contents(source, "")
        said = copied(source, target, company, tmp_path, "--storage", here / "documents", there / "documents")
        assert "was copied: 4 clients, " in said
        assert "The bytes of 2 documents were copied." in said
        assert "Still to be sent by the gateways of the source, and not copied: 1 mail and 1 webhook message." in said
        assert contents(target, company.name) == untouched
        assert contents(source, "") == of_source
        moved = Company(other_server, company.key, company.name)
        assert shown(moved) == before
        assert shown(other) == seen_by_other
        assert [each for each in files if each in other_server.stored()] == files
        assert stays.key != company.key
        assert httpx.get(f"{other_server.url}/api/clients", headers=_bearer(stays.key)).status_code == 401
        assert moved.api.post("/clients", json={"first_name": "A", "last_name": "B", "email": "new@x.example"}).json()[
            "data"
        ]["id"] > max(each["id"] for each in shown_ids(other))
        for each in (moved, stays, company):
            each.close()
    assert CommandLine(target, there).run("check").exit_code == 0
    assert CommandLine(source, here).run("check").exit_code == 0


def shown_ids(company: Company) -> list[dict]:
    return company.api.get("/clients").json()["data"]


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_ids_and_secrets_in_use_at_the_target_are_reported_and_nothing_is_written(urls, tmp_path):
    source, target = urls
    here, there = tmp_path / "here", tmp_path / "there"
    with gateway(source, here) as server, gateway(target, there) as other_server:
        company, other = new_company(server), new_company(other_server)
        lived_in(company)
        other.new_v1(name="Has id 1")
        before, bytes_before = contents(target, ""), other_server.stored()
        said = copied(source, target, company, tmp_path, "--storage", here / "documents", there / "documents", status=1)
        assert "companies 1;" in said
        assert "; clients 1;" in said
        assert "; tokens 1;" in said
        assert "Nothing was copied" in said
        assert (contents(target, ""), other_server.stored()) == (before, bytes_before)
        company.close()
        other.close()


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_company_name_and_a_key_in_use_at_the_target_are_refused(engine, new_register, tmp_path):
    source, target = new_register(engine), new_register(engine)
    for url, first in ((source, 0), (target, 500)):
        cli = CommandLine(url, tmp_path)
        cli("bootstrap", "--company", "First", "--email", "a@x.example", "--password", "Secret123")
        last = {table.name: first for table in loading.tables_with_ids()}
        database = Database(url, threads=1)
        database.write_now(lambda connection, last=last: loading.set_last_ids(connection, last))
        database.close()
        named = ("--company", "Acme", "--email", "b@x.example", "--password", "Secret123", "--token", "a-known-key" * 5)
        cli("bootstrap", *named)
    command = ("db", "copy", "--company")
    refused = CommandLine(source, tmp_path).run(*command, "Acme", source, target)
    assert refused.exit_code == 1
    assert "the name of company 2; the secret of tokens 2. Nothing" in refused.stderr
    unknown = CommandLine(source, tmp_path).run(*command, "Acne", source, target)
    assert (unknown.exit_code, "Did you mean 'Acme'?" in unknown.stderr) == (1, True)
    alone = CommandLine(source, tmp_path).run("db", "copy", "--with-waiting", source, target)
    assert (alone.exit_code, "--with-waiting needs --company" in alone.stderr) == (1, True)


def large(server: Server, company: Company) -> int:
    """Give a company so many sent mails that copying takes a while. Return its id."""
    (mine,) = rows(server.settings.database_url, f"SELECT id FROM companies WHERE name = '{company.name}'")
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})"
    into = "INSERT INTO outbox (company_id, recipient, subject, body, sent_at)"
    chosen = f"SELECT {mine[0]}, 'jane' || i || '@x.example', 'Welcome', 'Dear', 1 FROM n"
    sqlite = server.database.is_sqlite
    write(server.settings.database_url, f"{numbers} {into} {chosen}" if sqlite else f"{into} {numbers} {chosen}")
    return int(mine[0])


def test_a_killed_copy_leaves_nothing_and_a_complete_one_appears_at_once(urls, tmp_path):
    source, target = urls
    here, there = tmp_path / "here", tmp_path / "there"
    storage = ("--storage", here / "documents", there / "documents")
    with gateway(source, here) as server, other_register(target, there) as (other_server, other):
        company = new_company(server)
        total = len(lived_in(company)["api"])
        large(server, company)
        untouched = contents(target, company.name)
        process = CommandLine(source, tmp_path).start("db", "copy", "--company", company.name, source, target, *storage)
        noted = "SELECT count(*) FROM discarded_objects"
        while not rows(target, noted)[0][0] and process.poll() is None:
            time.sleep(0.01)
        time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if rows(target, f"SELECT id FROM companies WHERE name = '{company.name}'") == []:  # else it was quicker
            after = contents(target, company.name)
            assert {name: found for name, found in after.items() if name != "discarded_objects"} == {
                name: found for name, found in untouched.items() if name != "discarded_objects"
            }
            seen, stop = _polled(other_server, company.key)
            copied(source, target, company, tmp_path, *storage)
            stop()
            assert seen <= {401, total}
        assert rows(target, noted)[0][0] == len(untouched["discarded_objects"])
        assert httpx.get(f"{other_server.url}/api/clients", headers=_bearer(company.key)).status_code == 200
        other.new_v1(name="Still served")
        company.close()


def _polled(server: Server, key: str):
    """Poll the list of clients in a thread.

    Return what was seen, a set of totals and of statuses other than 200, and a function that stops the thread.
    """
    seen: set[int] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            answer = httpx.get(f"{server.url}/api/clients", headers=_bearer(key), timeout=30)
            seen.add(answer.json()["meta"]["total"] if answer.status_code == 200 else answer.status_code)

    thread = threading.Thread(target=look)
    thread.start()

    def stop() -> None:
        ended.set()
        thread.join()

    return seen, stop


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_removed_company_can_be_copied_back_with_its_ids_and_pending_messages(
    engine, new_database, new_register, tmp_path
):
    source, target = new_register(engine), new_database(engine)
    storage = ("--storage", tmp_path / "documents", tmp_path / "documents-of-copy")
    with gateway(source, tmp_path) as server:
        stays, company = new_company(server), new_company(server)
        before = lived_in(company)
        whole = CommandLine(source, tmp_path).run("db", "copy", source, target, *storage)
        assert whole.exit_code == 0, whole.output
        copy = CommandLine(target, tmp_path)
        copy("companies", "remove", company.name, "--yes", GATEWAY_STORAGE_URL=str(tmp_path / "documents-of-copy"))
        said = copied(source, target, company, tmp_path, *storage, "--with-waiting")
        assert "Still to be sent" not in said
    with serving(target, tmp_path, public_url=PUBLIC_URL, storage_url=str(tmp_path / "documents-of-copy")) as server:
        moved = Company(server, company.key, company.name)
        assert shown(moved) == before
        assert len(server.stored()) == 2
        for each in (stays, company, moved):
            each.close()
    assert rows(source, "SELECT count(*) FROM outbox") == rows(target, "SELECT count(*) FROM outbox")
    assert copy.run("check", GATEWAY_STORAGE_URL=str(tmp_path / "documents-of-copy")).exit_code == 0
