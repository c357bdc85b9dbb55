"""Where commands write: only regular files are replaced, and a file is either complete or unchanged."""

import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from tests.gateway.command_line import CommandLine, copied

OVERWRITING = {
    "export csv": ("export", "csv", "--output"),
    "export xlsx": ("export", "xlsx", "--output"),
    "export json": ("export", "json", "--output"),
    "export ninja": ("export", "ninja", "--output"),
    "export grow": ("export", "grow", "--output"),
    "openapi": ("openapi", "v1", "--output"),
}
WRITING = OVERWRITING | {"backup": ("backup",)}
every_command = pytest.mark.parametrize("words", WRITING.values(), ids=WRITING)
NOBODY = 65534


def is_written(words: tuple[str, ...], content: bytes) -> bool:
    """Return whether a command's output is complete."""
    if words == ("backup",) or "xlsx" in words:  # archives both
        return content.startswith(b"PK") and b"PK\5\6" in content[-22:]
    return content.endswith(b"\n")


@pytest.fixture(scope="module")
def filled(unchanged, tmp_path_factory) -> CommandLine:
    """A register with one client, which tests must not change."""
    made = copied(unchanged, tmp_path_factory.mktemp("filled"))
    (made.folder / "clients.csv").write_text("name\nAcme\n")
    made("import", "csv", made.folder / "clients.csv")
    return made


@pytest.fixture
def cli(filled, tmp_path) -> CommandLine:
    return copied(filled, tmp_path)


def device(path: Path, number: int) -> Path:
    """Make a device for the test: 3 is /dev/null on Linux, 7 is /dev/full."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, number))
        path.open("ab").close()
    except PermissionError:
        pytest.skip("only root can make a device, and not in every container")
    return path


def everything(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


@pytest.fixture
def place(tmp_path) -> Path:
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


@every_command
@pytest.mark.parametrize("linked", [False, True], ids=["device", "link to a device"])
def test_a_device_is_written_to_and_not_replaced(cli, place, words, linked):
    target = null = device(place / "null", 3)
    if linked:
        target = place / "link"
        target.symlink_to(null)
    cli(*words, target)
    assert stat.S_ISCHR(null.lstat().st_mode)
    assert target.is_symlink() == linked
    assert everything(place) == {"null", target.name}


@every_command
def test_a_full_device_ends_with_a_sentence(cli, place, words):
    full = device(place / "full", 7)
    refused = cli.run(*words, full)
    assert (refused.exit_code, refused.stderr) == (1, f"Error: {full} cannot be written: no space left on device.\n")
    assert stat.S_ISCHR(full.lstat().st_mode)


@every_command
def test_a_pipe_is_written_to_and_not_replaced(cli, place, words):
    pipe, read = place / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    cli(*words, pipe)
    reader.join()
    assert is_written(words, read[0])
    assert pipe.is_fifo()


@every_command
def test_a_dangling_link_stays_and_its_target_is_created(cli, place, words):
    (place / "link").symlink_to("target")
    cli(*words, place / "link")
    assert os.readlink(place / "link") == "target"
    assert is_written(words, (place / "target").read_bytes())
    assert everything(place) == {"link", "target"}


@pytest.mark.parametrize("words", OVERWRITING.values(), ids=OVERWRITING)
def test_a_link_to_a_file_stays_and_that_file_keeps_its_permissions(cli, place, words):
    target = place / "target"
    target.write_text("old")
    target.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(target, NOBODY, NOBODY)
    before = target.stat()
    (place / "link").symlink_to(target)
    cli(*words, place / "link")
    after = target.stat()
    assert os.readlink(place / "link") == str(target)
    assert target.read_bytes() != b"old"
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_a_backup_replaces_nothing(cli, place):
    (place / "file").write_text("old")
    (place / "link").symlink_to("file")
    for name in ("file", "link"):
        assert cli.run("backup", place / name).stderr == f"Error: {place / name} already exists.\n"
    assert (place / "file").read_text() == "old"


@every_command
def test_folders_and_sockets_are_refused(cli, place, words, monkeypatch):
    monkeypatch.chdir(place)  # the name of a socket must be short
    (place / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for target, said in {
            "folder": "folder is a folder",
            "folder/": "'folder/' is not the name of a file",
            "new/": "'new/' is not the name of a file",
            "": "'' is not the name of a file",
            "socket": "socket is a socket",
        }.items():
            refused = cli.run(*words, target)
            assert (refused.exit_code, refused.stderr) == (1, f"Error: {said}.\n")
    assert everything(place) == {"folder", "socket"}
    assert everything(place / "folder") == set()


@every_command
def test_a_dash_is_standard_output_and_a_file_of_that_name_is_possible(cli, place, words, monkeypatch):
    monkeypatch.chdir(place)
    shown = cli.run(*words, "-")
    assert shown.exit_code == 0
    assert is_written(words, shown.stdout_bytes)
    assert everything(place) == set()
    assert cli(*words, "./-") == ""
    assert everything(place) == {"-"}


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
@pytest.mark.parametrize("words", [WRITING["export csv"], WRITING["backup"]], ids=["export csv", "backup"])
def test_names_of_open_file_descriptors_mean_these_files(cli, place, words, name):
    """A shell that appends keeps the old content and the file that it opened."""
    if not os.path.lexists(name) and name != "link":
        pytest.skip(f"{name} is not here")
    (place / "link").symlink_to("/dev/stdout")
    target, log = place / "link" if name == "link" else name, place / "log"
    log.write_bytes(b"before\n")
    with log.open("ab") as appending:
        cli.start(*words, target, stdout=appending).communicate(timeout=60)
        assert os.fstat(appending.fileno()).st_ino == log.stat().st_ino
    content = log.read_bytes()
    assert content.startswith(b"before\n")
    assert is_written(words, content.removeprefix(b"before\n"))


@every_command
def test_other_files_are_left_alone_and_no_temporary_file_is_left(cli, place, words):
    names = {f"{name}{end}" for name in ("out", "out.zip") for end in (".part", ".partial", ".db", ".tmp")}
    for name in names:
        (place / name).write_text("mine")
    cli(*words, place / "out")
    assert everything(place) == {*names, "out"}
    assert {(place / name).read_text() for name in names} == {"mine"}


def test_a_full_disk_leaves_the_old_file(cli, place):
    """A limit on the size of files simulates the full disk; the document is larger."""
    (place / "old").write_text("old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, limits[1]))
    try:
        refused = cli.run("openapi", "v1", "--output", place / "old")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (refused.exit_code, refused.stderr) == (1, f"Error: {place / 'old'} cannot be written: file too large.\n")
    assert (place / "old").read_text() == "old"
    assert everything(place) == {"old"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_leaves_the_old_file_and_nothing_else(place, number):
    (place / "old").write_text("old")
    program = (
        "import signal, sys, time\nfrom core.operations.outputs import writing\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell has its background jobs ignore it
        "with writing(sys.argv[1]) as file:\n file.write(b'half')\n print('writing', flush=True)\n time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, place / "old"], stdout=-1, stderr=-1) as process:
        assert process.stdout.readline() == b"writing\n"
        assert len(everything(place)) == 2
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode in (128 + number, -number)
    assert (place / "old").read_text() == "old"
    assert everything(place) == {"old"}


@pytest.mark.parametrize("words", [("openapi", "v1"), ("export", "csv"), ("activities",)], ids=" ".join)
def test_a_reader_that_closes_the_pipe_is_not_an_error(cli, words):
    reading, written = os.pipe()
    os.close(reading)
    with os.fdopen(written, "wb") as closed:
        process = cli.start(*words, stdout=closed)
        assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 141


def test_standard_output_that_cannot_be_written_ends_with_one_sentence(cli, place):
    with device(place / "full", 7).open("wb", buffering=0) as full:
        for words in (("openapi", "v1"), ("export", "csv"), ("token", "list")):
            process = cli.start(*words, stdout=full)
            assert process.communicate(timeout=60)[1].lower().rstrip(".\n").endswith("no space left on device")
            assert process.returncode == 1


def test_no_output_is_written_over_the_register_or_its_documents(cli, tmp_path):
    register = tmp_path / "register.db"
    os.link(register, tmp_path / "hard-link")
    (tmp_path / "link").symlink_to(register)
    before = register.read_bytes()
    for name in ("register.db", "link", "hard-link", "register.db-wal", "documents/a.csv", "documents/1/a.csv"):
        refused = cli.run("export", "csv", "--output", tmp_path / name)
        assert refused.exit_code == 1
        assert "belongs to the register" in refused.stderr or "is inside the document storage" in refused.stderr
    assert cli.run("export", "json", "--documents", tmp_path / "documents").exit_code == 1
    assert register.read_bytes() == before


AS_NOBODY = """
import os, sys
from typer.testing import CliRunner
from gateway.cli.commands import app

words = ["export", "csv"]
CliRunner().invoke(app(words), words)  # imports what lies where only root may read
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
words += ["--output", sys.argv[1]]
app(words)(words)
"""


def test_a_file_that_may_not_be_written_is_not_replaced(filled):
    """Write access to the folder would allow it, but a shell would not do it either."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    with tempfile.TemporaryDirectory() as name:  # where pytest's own folders are, only their owner comes in
        cli, protected = copied(filled, Path(name)), Path(name) / "protected.csv"
        protected.write_text("old")
        for each in (cli.folder, *cli.folder.glob("register*")):
            os.chown(each, NOBODY, NOBODY)
        command = [sys.executable, "-c", AS_NOBODY, str(protected)]
        done = subprocess.run(command, env=os.environ | cli.settings, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (1, f"Error: {protected} cannot be written: it is read-only.\n")
        assert (protected.read_text(), protected.stat().st_uid) == ("old", 0)
