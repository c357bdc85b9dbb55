"""Files that the gateway creates are for their owner only, under any umask; existing files keep their permissions."""

import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.drivers import Company, new_company
from tests.faults.outages import until
from tests.gateway.command_line import ACME, KEY, CommandLine
from tests.server import free_port, serving


@contextmanager
def umask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


@pytest.fixture(params=[0o000, 0o022, 0o277], ids=["umask 000", "umask 022", "umask 277"])
def any_umask(request) -> Iterator[None]:
    with umask(request.param):
        yield


@pytest.fixture
def new(tmp_path) -> CommandLine:
    """The command line over a place that does not exist yet, two folders deep."""
    folder = tmp_path / "new" / "inner"
    return CommandLine(f"sqlite:///{folder / 'register.db'}", folder)


def modes(folder: Path) -> dict[str, str]:
    """Return the permissions of a folder and everything below it."""
    found = [folder, *folder.rglob("*")]
    return {each.relative_to(folder.parent).as_posix(): f"{stat.S_IMODE(each.stat().st_mode):o}" for each in found}


def assert_private(folder: Path) -> None:
    found = [folder, *folder.rglob("*")]
    wanted = {each: 0o700 if each.is_dir() else 0o600 for each in found}
    assert {each: stat.S_IMODE(each.stat().st_mode) for each in found} == wanted


def test_bootstrap_makes_a_private_register(new, tmp_path, any_umask):
    new("bootstrap", *ACME, "--token", KEY)
    assert (new.folder / "register.db").is_file()
    assert_private(tmp_path / "new")


def test_restore_makes_a_private_register_and_documents(new, tmp_path, any_umask):
    with umask(0o022), serving(f"sqlite:///{tmp_path / 'old.db'}", tmp_path) as server:
        with closing(new_company(server)) as company:
            upload(company)
        CommandLine(server.settings.database_url, tmp_path)("backup", tmp_path / "b.zip")
    new("restore", tmp_path / "b.zip")
    assert len([*new.folder.rglob("*.txt")]) == 1
    assert_private(tmp_path / "new")


def test_db_copy_makes_a_private_register_and_documents(new, tmp_path, any_umask):
    with umask(0o022), serving(f"sqlite:///{tmp_path / 'old.db'}", tmp_path) as server:
        with closing(new_company(server)) as company:
            upload(company)
        source = server.settings.database_url
    new("db", "copy", source, new.database_url, "--storage", tmp_path / "documents", new.folder / "documents")
    assert len([*new.folder.rglob("*.txt")]) == 1
    assert_private(tmp_path / "new")


def test_a_serving_gateway_makes_private_files(new, tmp_path):
    """Journals, uploads and their folders; the umask would allow access to everybody."""
    with umask(0), serving(new.database_url, new.folder) as server, closing(new_company(server)) as company:
        upload(company)
        assert {each.name for each in new.folder.glob("register.db*")} >= {"register.db", "register.db-wal"}
        assert len([*new.folder.rglob("*.txt")]) == 1
        assert_private(tmp_path / "new")


def test_existing_files_keep_their_permissions(new):
    """A group gets access to the register beforehand, with its journals."""
    new.folder.mkdir(parents=True)
    (new.folder / "documents").mkdir()
    (new.folder / "register.db").touch()
    for path, mode in {"": 0o2775, "documents": 0o755, "register.db": 0o660}.items():
        (new.folder / path).chmod(mode)
    with serving(new.database_url, new.folder) as server, closing(new_company(server)) as company:
        upload(company)
        found = modes(new.folder)
    assert (found["inner"], found["inner/documents"]) == ("2775", "755")
    assert (found["inner/register.db"], found["inner/register.db-wal"]) == ("660", "660")
    assert {mode for path, mode in found.items() if path.endswith(".txt")} == {"600"}


def test_a_register_named_by_a_dangling_link_or_a_uri_is_private(tmp_path):
    with umask(0):
        (tmp_path / "link.db").symlink_to("target.db")
        CommandLine(f"sqlite:///{tmp_path / 'link.db'}", tmp_path)("bootstrap", *ACME)
        CommandLine(f"sqlite:///file:{tmp_path / 'named.db'}?uri=true", tmp_path)("bootstrap", *ACME)
    assert (tmp_path / "link.db").is_symlink()
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("target.db", "named.db")} == {0o600}


def test_the_demo_keeps_its_data_private(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    port = free_port()
    defaults = {"GATEWAY_DATABASE_URL": "", "GATEWAY_STORAGE_URL": ""}
    with umask(0):
        process = CommandLine("", tmp_path).start("demo", "--port", port, **defaults)
    try:
        wait_until_up(f"http://127.0.0.1:{port}/healthz")
        assert {"data/demo.key", "data/gateway.db", "data/documents"} <= modes(Path("data")).keys()
        assert_private(Path("data"))
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def test_workers_share_a_private_folder(new, tmp_path):
    port, shared = free_port(), tmp_path / "shared" / "metrics"
    with umask(0):
        command = ("serve", "--port", port, "--workers", 2)
        process = new.start(*command, popen=subprocess.Popen, GATEWAY_METRICS_FOLDER=str(shared))
    try:
        wait_until_up(f"http://127.0.0.1:{port}/healthz")
        until(lambda: shared.is_dir() and any(shared.glob("*.json")))
        assert {stat.S_IMODE(each.stat().st_mode) for each in (shared.parent, shared)} == {0o700}
        assert {stat.S_IMODE(each.stat().st_mode) for each in shared.glob("*.json")} == {0o600}
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def test_doctor_reports_a_register_that_everybody_can_read(cli, tmp_path):
    def look() -> str:
        return next(row["state"] for row in cli.listed("doctor") if row["check"] == "database file")

    tmp_path.chmod(0o755)
    assert look() == "ok"
    (tmp_path / "register.db").chmod(0o644)
    assert look() == "warning"
    tmp_path.chmod(0o700)
    assert look() == "ok"


def upload(company: Company) -> None:
    client = company.new_v1(name="Acme")
    company.v1.put(f"/clients/{client['id']}/upload", files={"file": ("a.txt", b"bytes")}).raise_for_status()


def wait_until_up(url: str) -> None:
    for _ in range(600):
        try:
            httpx.get(url, timeout=30).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("it did not come up")
