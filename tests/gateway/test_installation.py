"""What an installation consists of: who only serves gets no test tools, and a command says which extra it needs."""

import os
import re
import subprocess
import sys
from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement

PACKAGE = "dual-dialect-gateway"
# As in an installation without the module: whoever looks for it is told that there is none.
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
    """The names of all packages that an installation with these extras brings, the package itself left out."""
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


def test_who_only_serves_installs_no_test_tools():
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
def test_what_needs_no_extra_works_without_it(tmp_path, words):
    command = [sys.executable, "-c", WITHOUT.format(missing=["schemathesis", "pact", "pytest", "mcp"]), *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
