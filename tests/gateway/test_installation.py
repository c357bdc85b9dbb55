"""The contents of an installation: a server needs no test tools, and a command says which extra it needs."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import requires
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement

from tests.gateway.test_cli_serve import _wait_until_healthy, answers
from tests.server import free_port

ROOT = Path(__file__).parents[2]
PACKAGE = "dual-dialect-gateway"
PACKAGES = ("gateway", "dialects", "schemas", "core")
WHERE = "import gateway; from gateway.__main__ import main; print(gateway.__file__, flush=True); main()"
# Imitates an installation without the module: it cannot be found.
WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
from gateway.__main__ import main
sys.argv[0] = "gateway"
main()
"""


def installed_with(*extras: str) -> set[str]:
    """Return the names of all packages that an installation with these extras brings, without the gateway itself."""
    found: set[str] = set()
    waiting = [(PACKAGE, frozenset(extras))]
    seen = set(waiting)
    while waiting:
        name, wanted = waiting.pop()
        found.add(name)
        for line in requires(name) or ():
            each = Requirement(line)
            if any(not each.marker or each.marker.evaluate({"extra": extra}) for extra in wanted or {""}):
                following = (re.sub(r"[-_.]+", "-", each.name).lower(), frozenset(each.extras))
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
    return found - {PACKAGE}


TOOLS = {"pytest", "schemathesis", "hypothesis", "pact-python", "mypy", "ruff", "mcp"}


def test_an_installation_that_only_serves_needs_no_test_tools():
    serving = installed_with()
    assert {"starlette", "uvicorn", "sqlalchemy"} <= serving
    assert serving & TOOLS == set()


@pytest.mark.parametrize(("extra", "brings"), [("contract", {"schemathesis", "pact-python"}), ("mcp", {"mcp"})])
def test_an_extra_brings_what_its_command_needs(extra, brings):
    assert brings <= installed_with(extra)
    assert installed_with("dev") >= TOOLS


@pytest.mark.parametrize(
    ("extra", "missing", "words"),
    [
        ("contract", ["schemathesis"], ["contract"]),
        ("contract", ["schemathesis"], ["contract", "http://127.0.0.1:1", "--token", "key"]),
        ("contract", ["pact"], ["contract"]),
        ("mcp", ["mcp"], ["mcp", "http://127.0.0.1:1", "--key", "key"]),
    ],
)
def test_a_command_without_its_extra_says_what_to_install(tmp_path, extra, missing, words):
    command = [sys.executable, "-c", WITHOUT.format(missing=missing), *words]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert f'pip install "{PACKAGE}[{extra}]"' in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["contract", "--help"], ["contract", "--print-config"], ["contract-diff", "--help"]])
def test_commands_that_need_no_extra_work_without_it(tmp_path, words):
    command = [sys.executable, "-c", WITHOUT.format(missing=["schemathesis", "pact", "pytest", "mcp"]), *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The package as `pip wheel` builds it from a copy of this folder."""
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode:
        pytest.skip(f"the package cannot be built here: {done.stderr.strip().splitlines()[-1:]}")
    return next(folder.glob("*.whl"))


@pytest.mark.long
def test_the_wheel_has_every_file_of_the_packages(wheel):
    files = {str(path.relative_to(ROOT)) for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file()}
    expected = {name for name in files if "__pycache__" not in name}
    assert expected <= set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.long
def test_the_wheel_serves_from_any_folder(wheel, tmp_path):
    """It is installed beside its dependencies, which this environment has."""
    installed, elsewhere, port = tmp_path / "installed", tmp_path / "elsewhere", free_port()
    elsewhere.mkdir()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(installed), str(wheel)]
    subprocess.run(pip, check=True, capture_output=True, timeout=300)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    run = {"cwd": elsewhere, "env": inherited | {"PYTHONPATH": str(installed)}, "text": True}

    def output_of(*words: str) -> str:
        return subprocess.run([str(installed / "bin" / "gateway"), *words], capture_output=True, **run).stdout

    assert output_of("--version").startswith("gateway ")
    key = output_of("bootstrap", "--company", "Acme", "--email", "team@acme.example", "--password", "Secret123").strip()
    command = [sys.executable, "-c", WHERE, "serve", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **run)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(str(installed))
        url = f"http://127.0.0.1:{port}"
        _wait_until_healthy(process, url)
        assert answers(url, key) == (200, 200)
        for path in ("/", "/docs", "/docs/docs.css", "/bridge", "/llms.txt", "/api/v1/openapi.json"):
            assert httpx.get(url + path, follow_redirects=True).status_code == 200, path
    finally:
        process.terminate()
        process.communicate(timeout=60)
