"""Every command of the README works as printed, in its order."""

import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.server import free_port

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
# An answer that is an error ends a block; a server started in one is stopped when it answers.
SHELL = """
curl() { command curl --silent --show-error --fail-with-body "$@"; }
serving() {
  "$@" &
  command curl --silent --retry 60 --retry-delay 1 --retry-connrefused "$URL/healthz"
  kill $! && wait $!
}
"""


@pytest.mark.skipif(
    shutil.which("curl") is None, reason="the README's requests need curl, which `make test` may not ask for"
)
def test_the_commands_work_as_printed(folder):
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "gateway").symlink_to(Path(sys.executable).parent / "gateway")
    (folder / "README.md").write_text(README)
    ports = {"8000": free_port(), "8001": free_port()}
    setup, *blocks = BLOCKS
    assert setup.startswith("make run ")
    with (folder / "demo.log").open("wb") as log:
        demo = subprocess.Popen(
            [".venv/bin/gateway", "demo", "--port", str(ports["8000"])],
            cwd=folder,
            env=_environment(),
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(f"http://127.0.0.1:{ports['8000']}/readyz", demo)
        for block in blocks:
            done = _run(block, folder, ports)
            assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    finally:
        demo.terminate()
        assert demo.wait(30) == 0


def _run(block: str, folder: Path, ports: dict[str, int]) -> subprocess.CompletedProcess[str]:
    script = block.replace("127.0.0.1:8000", f"127.0.0.1:{ports['8000']}")
    script = re.sub(r"^(\S+ serve .*--port) 8001$", rf"serving \1 {ports['8001']}", script, flags=re.MULTILINE)
    key = (folder / "data" / "demo.key").read_text().strip()
    more = {"KEY": key, "URL": f"http://127.0.0.1:{ports['8001']}"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", SHELL + script],
        cwd=folder,
        env=_environment() | more,
        capture_output=True,
        text=True,
        timeout=120,
    )


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the demo did not start"
        with suppress(httpx.TransportError):
            if httpx.get(url).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError("the demo did not come up")
