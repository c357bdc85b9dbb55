"""`gateway contract` replaces only its own files: reports of an earlier run, and a baseline on request."""

import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

import tests.server
from gateway.app import build_app
from gateway.contract.stock import stock
from tests.gateway.command_line import CommandLine, fresh
from tests.loopback import answering
from tests.server import Server, serving


class OneClient(BaseHTTPRequestHandler):
    """A company with one client and no OpenAPI document: a run ends soon, and still leaves its reports."""

    def do_GET(self) -> None:
        is_there = self.path == "/api/clients"
        self.send_response(200 if is_there else 404)
        self.end_headers()
        self.wfile.write(b'{"data": [{}], "meta": {"total": 1}}' if is_there else b"{}")

    def log_message(self, *_words: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def nowhere() -> Iterator[tuple[str, ...]]:
    """The arguments of a run that ends soon."""
    with answering(OneClient) as url:
        yield ("contract", url, "--token", "key", "--dialect", "api")


@pytest.fixture
def gateway(tmp_path: Path) -> CommandLine:
    return fresh(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The report folder, which may contain files of others."""
    (tmp_path / "reports").mkdir()
    return tmp_path / "reports"


def snapshot(folder: Path) -> dict[str, object]:
    """The contents of a folder by path: the targets of links, and the bytes of files."""
    return {
        str(each.relative_to(folder)): os.readlink(each) if each.is_symlink() else each.is_file() and each.read_bytes()
        for each in folder.rglob("*")
    }


@pytest.mark.parametrize("name", ["api.json", "api.xml", "api.ndjson", "api.log", "api.gateway.log", "api.cache"])
@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling link", "FIFO"])
def test_files_of_others_are_never_touched(nowhere, kind, name, gateway, folder):
    put(kind, folder / name, folder.parent / "elsewhere")
    before = snapshot(folder.parent)
    result = gateway.run(*nowhere, "--report-dir", folder)
    assert result.exit_code == 1
    assert f"{name} is there" in result.stderr
    assert snapshot(folder.parent) == before


def put(kind: str, path: Path, elsewhere: Path) -> None:
    if kind == "file":
        path.write_text("mine")
    elif kind == "folder":
        path.mkdir()
        (path / "mine").write_text("mine")
    elif kind == "FIFO":
        os.mkfifo(path)
    else:
        path.symlink_to(elsewhere)
        if kind == "link":
            elsewhere.write_text("mine")


def test_a_run_replaces_the_reports_of_the_one_before_and_nothing_else(nowhere, gateway, folder):
    (folder / "v1.json").write_text("mine")
    (folder / "api.yaml").write_text("mine")
    for seed in (1, 2):
        result = gateway.run(*nowhere, "--report-dir", folder, "--seed", seed)
        assert "with seed" in result.stderr
        assert json.loads((folder / "api.json").read_bytes())["seed"] == seed
    assert (folder / "v1.json").read_text() == (folder / "api.yaml").read_text() == "mine"


def test_a_run_leaves_nothing_in_the_working_folder(wrong, gateway, folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.delenv("HYPOTHESIS_STORAGE_DIRECTORY")
    key = wrong.bootstrap("Elsewhere")
    stock(wrong.url, key, clients=3)
    run = ("contract", wrong.url, "--token", key, "--dialect", "api", "--operation", "getClient", "--max-examples", 1)
    assert gateway.run(*run, "--report-dir", folder.parent / "other").exit_code == 1
    assert snapshot(folder) == {}


@pytest.mark.parametrize("name", ["api.json", ".gateway-contract-api"])
def test_a_report_that_somebody_has_edited_is_not_replaced(nowhere, name, gateway, folder):
    gateway.run(*nowhere, "--report-dir", folder)
    (folder / name).write_text("mine")
    before = snapshot(folder)
    result = gateway.run(*nowhere, "--report-dir", folder)
    assert f"{name} is there" in result.stderr
    assert snapshot(folder) == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no baseline"),
        ("not JSON", "is not a baseline"),
        ('{"mine": 1}', "is not a baseline"),
        ('{"entries": [{"mine": 1}]}', "is not a baseline"),
    ],
)
def test_a_file_that_is_not_a_baseline_is_neither_used_nor_overwritten(nowhere, content, words, gateway, folder):
    if content is not None:
        (folder / "known.json").write_text(content)
    update = ("--update-baseline",) if content is not None else ()
    result = gateway.run(*nowhere, "--baseline", folder / "known.json", *update)
    assert result.exit_code == 1
    assert words in result.stderr
    assert (folder / "known.json").exists() == (content is not None)
    assert content is None or (folder / "known.json").read_text() == content


@pytest.mark.parametrize("kind", ["folder", "FIFO"])
def test_a_baseline_is_a_regular_file(nowhere, kind, gateway, folder):
    put(kind, folder / "known.json", folder)
    result = gateway.run(*nowhere, "--baseline", folder / "known.json", "--update-baseline")
    assert result.exit_code == 1
    assert "no regular file" in result.stderr


class Wrong:
    """ASGI middleware that answers clients as text/html."""

    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        async def say(message):
            if message["type"] == "http.response.start" and "/clients/" in scope["path"]:
                message["headers"] = [
                    (name, b"text/html" if name == b"content-type" else value) for name, value in message["headers"]
                ]
            await send(message)

        await self.app(scope, receive, say)


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("wrong")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tests.server, "build_app", lambda *given: Wrong(build_app(*given)))
        with serving(f"sqlite:///{folder / 'register.db'}", folder) as server:
            yield server


def test_a_baseline_gains_the_failures_of_both_dialects_and_keeps_what_it_had(wrong, gateway, folder):
    key = wrong.bootstrap("Acme")
    stock(wrong.url, key, clients=3)
    old = {"operation": "GET /api/old", "check": "some", "failure": "Some", "signature": "1", "note": "ours"}
    real = folder / "real.json"
    real.write_text(json.dumps({"format_version": 1, "entries": [old], "owner": "us"}))
    real.chmod(0o640)
    (folder / "known.json").symlink_to(real)
    run = ("contract", wrong.url, "--token", key, "--operation", "getClient", "--max-examples", 1)
    known = (*run, "--report-dir", folder / "reports", "--baseline", folder / "known.json")
    gateway.run(*known, "--update-baseline")
    recorded = json.loads(real.read_bytes())
    assert {each["operation"] for each in recorded["entries"]} == {
        "GET /api/old",
        "GET /api/clients/{id}",
        "GET /api/v1/clients/{id}",
    }
    assert [each["note"] for each in recorded["entries"] if "note" in each] == ["ours"]
    assert recorded["owner"] == "us"
    assert (folder / "known.json").is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in folder.iterdir()) == ["known.json", "real.json", "reports"]
    before = real.read_bytes()
    assert gateway.run(*known).exit_code == 0
    assert real.read_bytes() == before
