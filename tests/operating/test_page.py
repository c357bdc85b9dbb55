"""Every command of docs/operating.md works as printed, in the order of the page."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import free_port

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text()
# A server that does not answer yet is waited for; whatever still runs at the end is stopped.
BEFORE = r"""
set -euo pipefail
trap 'kill $(jobs -p) 2> /dev/null; wait' EXIT
curl() { command curl --silent --show-error --fail-with-body --retry 60 --retry-delay 1 --retry-connrefused "$@"; }
"""


@pytest.mark.long
def test_the_commands_work_as_printed(tmp_path):
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "gateway").symlink_to(Path(sys.executable).parent / "gateway")
    script = "\n".join(re.findall(r"^```\n(.*?)^```$", PAGE.partition("## PostgreSQL")[0], re.DOTALL | re.MULTILINE))
    for port in ("8001", "9000"):
        script = script.replace(port, str(free_port()))
    # The command in the background takes some time to start, so the request is repeated until the command shows one.
    repeated = r"while kill -0 $! 2> /dev/null; do \1; sleep 0.5; done"
    script = re.sub(r"^sleep 3\n(curl .*)$", repeated, script, flags=re.MULTILINE)
    started = re.search(r"^.*gateway serve --port (\d+).*$", script, re.MULTILINE)
    assert started is not None
    script = script.replace(started[0], f"{started[0]}\ncurl http://127.0.0.1:{started[1]}/readyz > /dev/null")
    done = subprocess.run(
        ["bash", "-c", BEFORE + script],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")},
        capture_output=True,
        text=True,
        timeout=480,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "signature good" in done.stdout
    assert " GET /api/v1/clients 200 " in done.stdout
    assert len(list((tmp_path / "data" / "backups").glob("*.zip"))) == 1
