"""Every command of the README works as printed, in its order."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server import free_port

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
# A section is a terminal: what a block exports, the next one has. Behind requests stands what they answer, as JSON.
SECTIONS = [re.findall(r"^```(|json)\n(.*?)^```$", each, re.DOTALL | re.MULTILINE) for each in README.split("\n## ")]
SHOWN = "___shown___"  # printed between answers
# An answer that is an error ends a block; a server started in one is stopped when it answers.
SHELL = """
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
curl() { command curl --silent --show-error --fail-with-body "$@" && echo; }
serving() {
  "$@" &
  command curl --silent --retry 60 --retry-delay 1 --retry-connrefused "$URL/healthz"
  kill $! && wait $!
}
"""


@pytest.mark.skipif(
    shutil.which("curl") is None, reason="the README's requests need curl, which `make test` may not ask for"
)
def test_the_commands_work_as_printed_and_leave_nothing_that_git_would_take(folder, tmp_path_factory):
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "gateway").symlink_to(Path(sys.executable).parent / "gateway")
    for name in ("README.md", ".gitignore"):
        shutil.copy(ROOT / name, folder)
    for words in (["init", "--quiet"], ["add", "README.md", ".gitignore"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    ports = {each: free_port() for each in ("8000", "8001", "8002", "9000")}
    assert SECTIONS[0][0][1].startswith("make run ")
    with (tmp_path_factory.mktemp("log") / "demo.log").open("wb") as log:
        demo = subprocess.Popen(
            [".venv/bin/gateway", "demo", "--port", str(ports["8000"])],
            cwd=folder,
            env=_environment(),
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(f"http://127.0.0.1:{ports['8000']}/readyz", demo)
        for blocks in filter(None, SECTIONS[1:]):
            script = f"\necho {SHOWN}\n".join(text for kind, text in blocks if not kind)
            done = _run(script, folder, ports)
            assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
            _check_answers(blocks, done.stdout.split(SHOWN))
    finally:
        demo.terminate()
        assert demo.wait(60) == 0
    status = subprocess.run(["git", "status", "--porcelain"], cwd=folder, check=True, capture_output=True, text=True)
    assert [line for line in status.stdout.splitlines() if not line.startswith("A  ")] == []


def _check_answers(blocks: list[tuple[str, str]], printed: list[str]) -> None:
    of_command = -1
    for kind, text in blocks:
        of_command += not kind
        if kind:
            answer = json.loads(printed[of_command].strip().splitlines()[-1])
            assert _is_part(json.loads(text), answer), f"{text}\n{answer}"


def _is_part(shown: Any, answer: Any) -> bool:
    """Return whether the answer contains what is shown; it may have more keys."""
    if isinstance(shown, dict):
        return all(name in answer and _is_part(value, answer[name]) for name, value in shown.items())
    if isinstance(shown, list):
        return len(shown) == len(answer) and all(map(_is_part, shown, answer))
    return bool(shown == answer)


def _run(block: str, folder: Path, ports: dict[str, int]) -> subprocess.CompletedProcess[str]:
    script = block.replace("--port 8002", f"--port {ports['8002']}").replace("--port 9000", f"--port {ports['9000']}")
    for name in ("8000", "8002", "9000"):
        script = script.replace(f"127.0.0.1:{name}", f"127.0.0.1:{ports[name]}")
    script = re.sub(r"^(\S+ serve .*--port) 8001$", rf"serving \1 {ports['8001']}", script, flags=re.MULTILINE)
    key = (folder / "data" / "demo.key").read_text().strip()
    more = {"KEY": key, "URL": f"http://127.0.0.1:{ports['8001']}"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", SHELL + script],
        cwd=folder,
        env=_environment() | more,
        capture_output=True,
        text=True,
        timeout=600,
    )


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the demo did not start"
        with suppress(httpx.TransportError):
            if httpx.get(url).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError("the demo did not come up")
