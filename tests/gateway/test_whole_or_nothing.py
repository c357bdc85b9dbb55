"""A failing restore leaves nothing behind, a mistyped URL creates nothing, and a copy is of one moment."""

import os
import resource
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.drivers import Company, new_company
from tests.gateway.command_line import ACME, CommandLine, every_command, fresh
from tests.server import serving

BYTES = [b"first document", b"second document", b"third" * 400_000]


@pytest.fixture(scope="module")
def archive(new_register, tmp_path_factory) -> Path:
    """A backup of a register with three documents."""
    folder = tmp_path_factory.mktemp("archived")
    with serving(new_register("sqlite"), folder) as server, closing(new_company(server)) as company:
        client = company.new_v1(name="Acme" * 30)
        for content in BYTES:
            company.v1.put(f"/clients/{client['id']}/upload", files={"file": ("a.txt", content)}).raise_for_status()
        CommandLine(server.settings.database_url, folder)("backup", folder / "whole.zip")
    return folder / "whole.zip"


@pytest.fixture
def elsewhere(tmp_path) -> CommandLine:
    """The command line over an empty folder."""
    return CommandLine(f"sqlite:///{tmp_path / 'place' / 'new' / 'register.db'}", tmp_path / "place" / "new")


def rewritten(archive: Path, target: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """Return a complete zip file with other entries."""
    with zipfile.ZipFile(archive) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    change(entries)
    with zipfile.ZipFile(target, "w") as made:
        for name, content in entries.items():
            made.writestr(name, content)


def flipped(content: bytes, at: float, count: int = 64) -> bytes:
    """Return the content with some bytes changed."""
    first = int(len(content) * at)
    return content[:first] + bytes(each ^ 0xFF for each in content[first : first + count]) + content[first + count :]


def documents(entries: dict[str, bytes]) -> list[str]:
    return sorted(name for name in entries if name.startswith("documents/"))


def shorten(entries: dict[str, bytes]) -> None:
    last = documents(entries)[-1]
    entries[last] = entries[last][:-1]


DAMAGES: dict[str, Callable[[Path, Path], object]] = {
    **{
        f"bytes flipped at {at}": lambda whole, made, at=at: made.write_bytes(flipped(whole.read_bytes(), at))
        for at in (0.0, 0.1, 0.4, 0.7, 0.97, 0.999)
    },
    **{
        f"cut off at {at}": lambda whole, made, at=at: made.write_bytes(whole.read_bytes()[: int(at * 1e5)])
        for at in (0, 0.3)
    },
    "a short document": lambda whole, made: rewritten(whole, made, shorten),
    "no document": lambda whole, made: rewritten(whole, made, lambda entries: entries.pop(documents(entries)[-1])),
    "no register": lambda whole, made: rewritten(whole, made, lambda entries: entries.pop("register.db")),
    "a damaged register": lambda whole, made: rewritten(
        whole, made, lambda entries: entries.update({"register.db": flipped(entries["register.db"], 0.5, 9000)})
    ),
    "an invalid register": lambda whole, made: rewritten(
        whole, made, lambda entries: entries.update({"register.db": b"hello"})
    ),
    "half a register": lambda whole, made: rewritten(
        whole, made, lambda entries: entries.update({"register.db": entries["register.db"][: 40 * 8192]})
    ),
    "no zip file": lambda whole, made: made.write_bytes(b"hello"),
}


@pytest.mark.parametrize("case", DAMAGES)
def test_a_damaged_archive_leaves_nothing_behind_and_is_reported(archive, elsewhere, tmp_path, case):
    DAMAGES[case](archive, tmp_path / "broken.zip")
    refused = elsewhere.run("restore", tmp_path / "broken.zip")
    assert refused.exit_code == 1
    assert refused.stderr.startswith(f"Error: {tmp_path / 'broken.zip'} is not a complete backup"), refused.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["broken.zip"]
    elsewhere("restore", archive)
    assert elsewhere.run("check").exit_code == 0


def test_a_damaged_archive_leaves_nothing_in_an_object_store(archive, object_store, elsewhere, tmp_path):
    bucket = object_store.new_bucket()
    rewritten(archive, tmp_path / "broken.zip", shorten)
    assert elsewhere.run("restore", tmp_path / "broken.zip", GATEWAY_STORAGE_URL=bucket).exit_code == 1
    assert elsewhere.run("restore", archive, GATEWAY_STORAGE_URL=bucket).exit_code == 0
    assert elsewhere.run("check", GATEWAY_STORAGE_URL=bucket).stderr.startswith("3 documents compared, 0 files")


@pytest.mark.parametrize("part", ["register.db", "documents/"])
def test_a_full_disk_leaves_nothing_behind(archive, elsewhere, tmp_path, part):
    """A limit on the size of files, below that of the register or of its largest document, simulates a quota."""
    with zipfile.ZipFile(archive) as whole:
        limit = max(each.file_size for each in whole.infolist() if each.filename.startswith(part)) - 1
    refused = subprocess.run(
        [sys.executable, "-m", "gateway", "restore", archive],
        env=os.environ | elsewhere.settings,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
    )
    assert (refused.returncode, refused.stderr.count("\n"), refused.stderr[:7]) == (1, 1, "Error: "), refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_backup_of_a_short_document_is_refused(new_register, tmp_path):
    with serving(new_register("sqlite"), tmp_path) as server, closing(new_company(server)) as company:
        client = company.new_v1()
        company.v1.put(f"/clients/{client['id']}/upload", files={"file": ("a.txt", b"bytes")}).raise_for_status()
        next(server.storage_folder.rglob("*.txt")).write_bytes(b"byt")
        refused = CommandLine(server.settings.database_url, tmp_path).run("backup", tmp_path / "b.zip")
    assert (refused.exit_code, "1 document with other bytes than were stored" in refused.stderr) == (1, True)
    assert not (tmp_path / "b.zip").exists()


MAKES = {
    *[("bootstrap",), ("serve",), ("demo",), ("restore",), ("db", "copy"), ("db", "upgrade"), ("db", "distribute")],
    *[("import", kind) for kind in ("grow", "ninja", "json", "csv", "xlsx")],
}
WITHOUT_REGISTER = {
    *[("openapi",), ("contract",), ("contract-diff",), ("shadow",), ("doctor",), ("mock",), ("validate",), ("mcp",)],
    *[("mirror",), ("mirror-report",)],
}
# The arguments of the other commands, so that nothing but the register is missing.
ARGUMENTS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("backup",): ("b.zip",),
    ("categories", "add"): ("Retail",),
    ("categories", "change"): ("1", "--name", "Retail"),
    ("categories", "remove"): ("1", "--yes"),
    ("clients", "set-balance"): ("1", "--balance", "1"),
    ("companies", "remove"): ("Acme", "--yes"),
    ("companies", "rename"): ("Acme", "Globex"),
    ("custom-fields", "add"): ("field",),
    ("custom-fields", "change"): ("field", "--optional"),
    ("custom-fields", "remove"): ("field", "--yes"),
    ("token", "create"): ("--email", "a@x.example"),
    ("token", "rename"): ("1", "name"),
    **{("token", verb): ("1",) for verb in ("revoke", "rotate")},
    ("users", "add"): ("--email", "a@x.example", "--type", "contact"),
    **{("users", verb): ("a@x.example",) for verb in ("disable", "enable", "remove")},
    ("users", "set-role"): ("a@x.example", "viewer"),
    ("users", "set-password"): ("a@x.example", "--password", "Secret456"),
    ("webhooks", "change"): ("1", "--url", "https://x.example"),
    ("webhooks", "add"): ("https://x.example", "--dialect", "v1"),
    **{("webhooks", verb): ("1",) for verb in ("disable", "enable", "remove", "replay", "test")},
}


@pytest.mark.parametrize("command", sorted(set(every_command()) - MAKES - WITHOUT_REGISTER), ids=" ".join)
def test_a_command_with_a_mistyped_url_creates_no_register(tmp_path, command, monkeypatch):
    monkeypatch.chdir(tmp_path)
    missing = fresh(tmp_path / "mistyped")
    result = missing.run(*command, *_arguments(command))
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    url = f"sqlite:///{tmp_path / 'mistyped' / 'register.db'}"
    assert result.stderr == (
        f"Error: There is no register at {url}: is GATEWAY_DATABASE_URL right? `gateway bootstrap` creates one.\n"
    )
    assert list(tmp_path.iterdir()) == []


def _arguments(command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the required arguments of a command."""
    return ARGUMENTS.get(command, ())


@pytest.mark.parametrize("kind", ["an empty file", "another program's", "an empty database"])
def test_a_database_without_a_register_is_not_changed(kind, new_database, tmp_path):
    file = tmp_path / "other.db"
    url = f"sqlite:///{file}"
    if kind == "an empty file":
        file.touch()
    elif kind == "another program's":
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE invoices (id INTEGER)")
    else:
        url = new_database("postgresql")
    cli = CommandLine(url, tmp_path)
    before = file.read_bytes() if file.exists() else b""
    for _ in range(2):  # the first one has not made it either
        assert "There is no register at" in cli.run("token", "list").stderr
    assert "There is no register at" in cli.run("db", "copy", url, f"sqlite:///{tmp_path / 'target.db'}").stderr
    assert not (tmp_path / "target.db").exists()
    assert (file.read_bytes() if file.exists() else b"") == before
    cli("bootstrap", *ACME)
    assert len(cli.listed("token", "list")) == 1


@pytest.fixture
def writing(new_register, tmp_path) -> Iterator[tuple[CommandLine, Company]]:
    """A gateway on PostgreSQL under constant writes: clients with documents are created and removed."""
    with serving(new_register("postgresql"), tmp_path) as server, closing(new_company(server)) as company:
        done = threading.Event()

        def work() -> None:
            with closing(Company(server, company.key, company.name)) as mine:
                while not done.wait(0.2):
                    kept, doomed = mine.new_v1(), mine.new_v1()
                    for each in (kept, doomed):
                        mine.v1.put(f"/clients/{each['id']}/upload", files={"file": ("a.txt", b"some bytes")})
                    mine.v1.post(f"/clients/{doomed['id']}/purge", headers=mine.with_password)

        writer = threading.Thread(target=work)
        writer.start()
        try:
            yield CommandLine(server.settings.database_url, tmp_path), company
        finally:
            done.set()
            writer.join()


def test_a_copy_of_postgresql_under_writes_is_consistent(writing, object_store, new_database, tmp_path):
    cli, company = writing
    for target in (new_database("sqlite"), new_database("postgresql")):
        while len(company.v1.get("/clients").json()["data"]) < 3:
            pass
        bucket = object_store.new_bucket()
        copied = cli.run("db", "copy", cli.database_url, target, "--storage", tmp_path / "documents", bucket)
        assert copied.exit_code == 0, copied.output
        checked = CommandLine(target, tmp_path).run("check", GATEWAY_STORAGE_URL=bucket)
        assert (checked.exit_code, checked.stdout) == (0, "")
