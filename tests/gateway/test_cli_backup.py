"""`gateway backup`, `gateway restore` and `gateway check`: copies taken under load, and damaged ones reported."""

import sqlite3
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing

import httpx
import pytest

from tests.drivers import Company, new_company
from tests.gateway.command_line import CommandLine
from tests.server import serving


@pytest.fixture
def company(new_register, tmp_path) -> Iterator[Company]:
    with serving(new_register("sqlite"), tmp_path) as server, closing(new_company(server)) as made:
        yield made


@pytest.fixture
def cli(company) -> CommandLine:
    """The command line over a register that is being served."""
    return CommandLine(company.server.settings.database_url, company.server.storage_folder.parent)


@pytest.fixture
def elsewhere(tmp_path) -> CommandLine:
    """The command line over a folder that has no register yet."""
    return CommandLine(f"sqlite:///{tmp_path / 'new' / 'register.db'}", tmp_path / "new")


def with_document(company: Company, content: bytes = b"bytes") -> dict:
    client = company.new_v1(name="Acme")
    return company.v1.put(f"/clients/{client['id']}/upload", files={"file": ("a.txt", content)}).json()["data"]


def signed_in(company: Company) -> dict[str, str]:
    form = {"email": "team@acme.example", "password": company.password}
    cookies = dict(httpx.post(f"{company.server.url}/bridge/login", data=form).cookies)
    assert httpx.get(f"{company.server.url}/bridge", cookies=cookies).status_code == 200
    return cookies


def test_a_backup_restores_every_client_and_every_byte(company, cli, elsewhere, tmp_path):
    shown = with_document(company)
    body = {"note_title": "Call", "note_description": "At noon.", "noteresource_id": company.new_legacy()["id"]}
    note = company.api.post("/notes", json=body).json()["data"]
    cookies = signed_in(company)
    said = cli.run("backup", tmp_path / "b.zip")
    assert (said.exit_code, said.stderr) == (0, f"{tmp_path / 'b.zip'} holds the register and 1 document.\n")
    assert (tmp_path / "b.zip").stat().st_mode & 0o077 == 0
    company.v1.put(f"/clients/{shown['id']}", json={"name": "Changed later"})
    assert (
        "were restored.\n1 document compared, 0 files to be deleted, 0 problems."
        in elsewhere.run("restore", tmp_path / "b.zip").stderr
    )
    with serving(elsewhere.database_url, elsewhere.folder) as server:
        again = Company(server, company.key, company.name)
        with closing(again):
            restored = again.v1_view(shown["id"])
            assert [each["name"] for each in restored["documents"]] == ["a.txt"]
            assert again.v1.get(f"/documents/{restored['documents'][0]['id']}/download").content == b"bytes"
            assert restored["name"] == "Acme"
            assert again.api.get("/notes").json()["data"] == [note]
            assert again.new_v1()["id"] not in {shown["id"]}
        assert httpx.get(f"{server.url}/bridge", cookies=cookies).status_code == 303  # nobody is signed in


def test_a_cursor_stays_valid_in_a_restored_register_unless_it_is_newer_than_the_backup(
    company, cli, elsewhere, tmp_path
):
    def latest(of: Company) -> str:
        return of.v1.get("/changes?after=latest").json()["meta"]["next_cursor"]

    company.new_v1(name="Kept")
    before = latest(company)
    cli("backup", tmp_path / "b.zip")
    company.new_v1(name="Lost")
    after = latest(company)
    elsewhere("restore", tmp_path / "b.zip")
    with (
        serving(elsewhere.database_url, elsewhere.folder) as server,
        closing(Company(server, company.key, company.name)) as again,
    ):
        for _ in range(2):
            assert again.v1.get("/changes", params={"after": after}).status_code == 410
            again.new_v1(name="Another")
        assert len(again.v1.get("/changes", params={"after": before}).json()["data"]) == 2


def under_load(company: Company, act: Callable[[], None]) -> int:
    """Call `act` while clients with documents are created and removed. Return how many were created."""
    done = threading.Event()
    rounds = 0

    def work() -> None:
        nonlocal rounds
        with closing(Company(company.server, company.key, company.name)) as mine:
            while not done.is_set():
                kept, doomed = with_document(mine, b"kept"), with_document(mine, b"doomed")
                assert mine.v1.post(f"/clients/{doomed['id']}/purge", headers=mine.with_password).status_code == 200
                mine.v1.put(f"/clients/{kept['id']}", json={"name": "Changed"})
                rounds += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        while rounds < 3:
            done.wait(0.01)
        act()
    finally:
        done.set()
        thread.join()
    return rounds


def test_backups_taken_under_load_are_complete_and_consistent(company, cli, tmp_path):
    """Every client of a backup has its documents, and `restore` ends with a check of everything."""

    def back_up() -> None:
        for number in range(5):
            cli("check")
            cli("backup", tmp_path / f"{number}.zip")

    assert under_load(company, back_up) > 3
    for number in range(5):
        new = CommandLine(f"sqlite:///{tmp_path / str(number) / 'register.db'}", tmp_path / str(number))
        new("restore", tmp_path / f"{number}.zip")
        assert "0 problems" in new.run("check").stderr
    assert list(tmp_path.glob("*.partial")) + list(tmp_path.glob("*.zip.db")) == []


def damaged(source, target, change: Callable[[dict[str, bytes]], None]) -> None:
    """Return a copy of an archive with other entries."""
    with zipfile.ZipFile(source) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def test_an_incomplete_backup_restores_nothing(company, cli, elsewhere, tmp_path):
    with_document(company, b"the very bytes")
    whole, broken = tmp_path / "whole.zip", tmp_path / "broken.zip"
    cli("backup", whole)
    flipped = whole.read_bytes().replace(b"the very bytes", b"the vary bytes")
    damages = {
        "cut off": lambda: broken.write_bytes(whole.read_bytes()[:-100]),
        "one bit": lambda: broken.write_bytes(flipped),
        "no register": lambda: damaged(whole, broken, lambda entries: entries.pop("register.db")),
        "no document": lambda: damaged(whole, broken, lambda entries: entries.pop(next(iter(entries)))),
    }
    for damage in damages.values():
        damage()
        refused = elsewhere.run("restore", broken)
        assert refused.exit_code == 1
        assert refused.stderr.startswith(f"Error: {broken} is not a complete backup: ")
        assert list(elsewhere.folder.glob("register*")) == []
    elsewhere("restore", whole)


def test_a_restore_overwrites_nothing(company, cli, tmp_path):
    cli("backup", tmp_path / "b.zip")
    assert cli.run("backup", tmp_path / "b.zip").stderr == f"Error: {tmp_path / 'b.zip'} already exists.\n"
    refused = cli.run("restore", tmp_path / "b.zip")
    assert (refused.exit_code, "already exists; move the present register away" in refused.stderr) == (1, True)


@pytest.mark.parametrize("link", [False, True], ids=["", "by a link to nothing"])
@pytest.mark.parametrize("end", ["-wal", "-shm", "-journal"])
def test_a_leftover_journal_is_not_applied_to_a_restored_register(company, cli, tmp_path, end, link):
    cli("backup", tmp_path / "b.zip")
    (tmp_path / f"new.db{end}").write_bytes(b"mine")
    if link:
        (tmp_path / "link.db").symlink_to("new.db")
    elsewhere = CommandLine(f"sqlite:///{tmp_path / ('link.db' if link else 'new.db')}", tmp_path / "new")
    assert f"new.db{end} already exists" in elsewhere.run("restore", tmp_path / "b.zip").stderr
    assert (tmp_path / f"new.db{end}").read_bytes() == b"mine"


def test_a_restore_follows_a_dangling_link_and_leaves_other_files_alone(company, cli, elsewhere, tmp_path):
    cli("backup", tmp_path / "b.zip")
    elsewhere.folder.mkdir()
    (elsewhere.folder / "register.db").symlink_to("target.db")
    for name in ("register.db.partial", "target.db.partial", "target.db.partial-wal"):
        (elsewhere.folder / name).write_bytes(b"mine")
    elsewhere("restore", tmp_path / "b.zip")
    assert (elsewhere.folder / "register.db").is_symlink()
    assert {each.name for each in elsewhere.folder.iterdir()} == {
        *("register.db", "target.db", "documents"),
        *("register.db.partial", "target.db.partial", "target.db.partial-wal"),
    }
    assert (elsewhere.folder / "register.db.partial").read_bytes() == b"mine"


def test_a_restore_overwrites_no_document(company, cli, elsewhere, tmp_path):
    with_document(company, b"one"), with_document(company, b"two")
    cli("backup", tmp_path / "b.zip")
    elsewhere("restore", tmp_path / "b.zip")
    (elsewhere.folder / "register.db").unlink()
    elsewhere("restore", tmp_path / "b.zip")  # what an earlier one stored may be there
    (elsewhere.folder / "register.db").unlink()
    first, second = (elsewhere.folder / "documents").rglob("*.txt")
    first.write_bytes(b"new"), second.unlink()
    refused = elsewhere.run("restore", tmp_path / "b.zip")
    assert refused.exit_code == 1
    assert "has other bytes as 1/" in refused.stderr
    assert (first.read_bytes(), second.exists()) == (b"new", False)
    assert list(elsewhere.folder.glob("register*")) == []


def test_postgresql_is_left_to_its_own_tools(new_database, tmp_path):
    cli = CommandLine(new_database("postgresql"), tmp_path)
    assert "use pg_dump" in cli.run("backup", tmp_path / "b.zip").stderr
    assert cli.run("restore", tmp_path / "b.zip").stderr == (
        "Error: GATEWAY_DATABASE_URL must name the SQLite file to create.\n"
    )


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_check_reports_what_is_wrong_and_fails(engine, new_register, tmp_path):
    with serving(new_register(engine), tmp_path) as server, closing(new_company(server)) as company:
        cli = CommandLine(server.settings.database_url, tmp_path)
        for content in (b"gone", b"shortened", b"whole"):
            with_document(company, content)
        healthy = cli.run("check")
        assert (healthy.exit_code, healthy.stdout) == (0, "")
        assert healthy.stderr == "3 documents compared, 0 files to be deleted, 0 problems.\n"
        for file in list(server.storage_folder.rglob("*.txt")):
            content = file.read_bytes()
            key = file.relative_to(server.storage_folder).as_posix()
            if content == b"gone":
                gone, _ = key, file.unlink()
            if content == b"shortened":
                short, _ = key, file.write_bytes(b"short")
        (server.storage_folder / "1" / "nobodys.txt").write_bytes(b"?")
        (server.storage_folder / "1" / "left.txt#1").write_bytes(b"?")
        with server.database.writing() as connection:
            connection.exec_driver_sql("UPDATE client_counts SET active = active + 1")
            connection.exec_driver_sql("DELETE FROM client_search WHERE client_id = 1")
            connection.exec_driver_sql("UPDATE activities SET client_id = 999 WHERE client_id = 1 AND kind = 'created'")
        found = cli.run("check")
    assert found.exit_code == 1
    assert sorted(found.stdout.splitlines()) == sorted(
        [
            "The counts of company 1 are wrong for its clients from id 0 on.",
            "1 client cannot be found by a search.",
            "1 activity of clients that do not exist.",
            f"Document {gone} has 4 bytes, but none are stored.",
            f"Document {short} has 9 bytes, but 5 are stored.",
            "1/nobodys.txt belongs to no document.",
            "1/left.txt#1 was left by an interrupted upload.",
        ]
    )
    assert found.stderr.endswith("7 problems.\n")


def test_check_finds_a_damaged_database(company, cli):
    with_document(company)
    path = company.server.settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("UPDATE documents SET client_id = 4711")
        connection.commit()
    found = cli.run("check")
    assert (found.exit_code, found.stdout) == (
        1,
        "Row 1 of documents belongs to a row of clients that does not exist.\n",
    )
