"""Scheduled backups of a server: on time, by one process, and without deleting anything else."""

import json
import os
import time
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from tests.gateway.command_line import CommandLine
from tests.process import GatewayProcess


def archives(folder) -> list[str]:
    return sorted(path.name for path in folder.glob("*.zip"))


def aged(folder, name: str, days: int) -> str:
    """Rename the archive as if it had been made so many days earlier."""
    earlier = datetime.now(UTC) - timedelta(days=days)
    renamed = f"gateway-{earlier:%Y%m%dT%H%M%S}Z.zip"
    (folder / name).rename(folder / renamed)
    return renamed


def made(cli: CommandLine, folder, days: int, keep: int = 14) -> str:
    before = set(archives(folder)) if folder.exists() else set()
    cli("backup", folder, "--keep", keep)
    (new,) = set(archives(folder)) - before
    return aged(folder, new, days)


def test_the_newest_are_kept_and_nothing_else_is_removed(cli, tmp_path):
    folder = tmp_path / "backups"
    old = [made(cli, folder, days) for days in (5, 4, 3)]
    others = {
        "notes.txt": b"mine",
        "gateway-20200101T000000Z.zip": b"no archive",
        "gateway-2020.zip": (folder / old[0]).read_bytes(),
    }
    for name, content in others.items():
        (folder / name).write_bytes(content)
    cli("backup", folder, "--keep", 2)
    left = set(archives(folder)) | {"notes.txt"}
    assert others.keys() <= left
    assert old[2] in left
    assert not left & {old[0], old[1]}
    assert {name: (folder / name).read_bytes() for name in others} == others


def test_archives_of_another_register_and_manual_ones_are_kept(cli, tmp_path):
    folder = tmp_path / "backups"
    other = CommandLine(f"sqlite:///{tmp_path / 'other' / 'register.db'}", tmp_path / "other")
    other("bootstrap", "--company", "Other", "--email", "o@other.example", "--password", "Secret123")
    theirs = made(other, folder, 9)
    by_hand = folder / "gateway-20200101T000000Z.zip"
    cli("backup", by_hand)
    mine = made(cli, folder, 3)
    cli("backup", folder, "--keep", 1)
    assert {theirs, by_hand.name} <= set(archives(folder))
    assert mine not in archives(folder)


def test_a_good_backup_is_not_removed_in_favour_of_broken_ones(cli, tmp_path):
    folder = tmp_path / "backups"
    good, broken = made(cli, folder, 5), made(cli, folder, 2)
    content = (folder / broken).read_bytes()
    (folder / broken).write_bytes(content[: len(content) // 2])
    cli("backup", folder, "--keep", 2)
    assert {good, broken} <= set(archives(folder))


def test_no_backup_is_made_while_the_last_one_is_recent(cli, tmp_path):
    folder = tmp_path / "backups"
    made(cli, folder, 1)
    assert "No backup is due" in cli.run("backup", folder, "--keep", 3, "--every", "7d").stderr
    assert len(archives(folder)) == 1
    cli("backup", folder, "--keep", 3, "--every", "23h")
    assert len(archives(folder)) == 2


def test_doctor_reports_whether_backups_are_made(cli, tmp_path):
    folder = tmp_path / "backups"

    def found() -> tuple[str, str]:
        shown = cli.run("doctor", "--json", GATEWAY_BACKUP_FOLDER=str(folder), GATEWAY_BACKUP_EVERY="24h").stdout
        return next((row["state"], row["found"]) for row in json.loads(shown) if row["check"] == "backups")

    assert found() == ("warning", f"There is no backup of this register in {folder}.")
    old = made(cli, folder, 3)
    assert found() == ("warning", f"The newest backup, {old}, is older than 2 times 24h.")
    cli("backup", folder, "--keep", 5)
    assert found()[0] == "ok"
    assert "2 valid backups" in found()[1]
    assert "backups" not in cli("doctor", "--json")


def test_a_kept_backup_can_be_restored(cli, tmp_path):
    folder = tmp_path / "backups"
    name = made(cli, folder, 1)
    restored = CommandLine(f"sqlite:///{tmp_path / 'again' / 'register.db'}", tmp_path / "again")
    restored("restore", folder / name)
    assert [row["name"] for row in restored.listed("companies", "list")] == ["Acme"]


@pytest.mark.parametrize(
    "words", [("x.zip", "--every", "24h"), ("x", "--keep", "0"), ("x", "--keep", "2", "--every", "y")]
)
def test_invalid_options_are_refused(cli, words):
    assert cli.run("backup", *words).exit_code == 2


def test_a_folder_in_the_document_storage_is_refused(cli, tmp_path):
    refused = cli.run("backup", tmp_path / "documents" / "backups", "--keep", 2)
    assert (refused.exit_code, "document storage" in refused.stderr) == (1, True)


@pytest.mark.long
def test_one_of_all_workers_and_instances_makes_a_due_backup(cli, tmp_path):
    folder = tmp_path / "backups"
    settings = {"backup_folder": folder, "backup_keep": 2, "backup_every": "7d"}
    for each in ("one", "two"):
        (tmp_path / each).mkdir()
    with (
        GatewayProcess(cli.database_url, tmp_path / "one", workers=2, **settings),
        GatewayProcess(cli.database_url, tmp_path / "two", **settings),
    ):
        end = time.monotonic() + 60
        while not (folder.exists() and archives(folder)) and time.monotonic() < end:
            time.sleep(0.2)
        time.sleep(3)
        (name,) = archives(folder)
    with zipfile.ZipFile(folder / name) as archive:
        assert archive.testzip() is None
    assert os.stat(folder / name).st_mode & 0o077 == 0


def test_a_server_on_postgresql_reports_that_it_makes_no_backups(new_database, tmp_path):
    run = CommandLine(new_database("postgresql"), tmp_path)
    refused = run.run("serve", GATEWAY_BACKUP_FOLDER=str(tmp_path / "backups"))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "GATEWAY_BACKUP_FOLDER: only an SQLite register can be backed up this way" in refused.stderr
