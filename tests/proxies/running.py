"""A proxy in a separate process: started in the foreground, awaited, and stopped at the end of the block."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"])
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Proxy:
    """A running proxy, and what it wrote to standard output and error."""

    name: str
    port: int
    log_file: Path
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")


def installed(program: str) -> str:
    """Return the path of a program; skip the test if it is not installed."""
    found = shutil.which(program, path=_PATH)
    if found is None:
        pytest.skip(f"{program} is not installed: the tests behind it are left out")
    return found


@contextmanager
def running(proxy: Proxy, command: Sequence[str], folder: Path) -> Iterator[Proxy]:
    """Run a command until the block ends. It writes only below the folder, which is also its home."""
    homes = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "TMPDIR")}
    with proxy.log_file.open("ab") as log:
        process = subprocess.Popen(
            [installed(command[0]), *command[1:]],
            cwd=folder,
            env=os.environ | homes,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_listening(proxy, process)
        yield proxy
    finally:
        _stop(process)


def _wait_until_listening(proxy: Proxy, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"{proxy.name} did not start: {proxy.log}"
        try:
            socket.create_connection(("127.0.0.1", proxy.port), 0.2).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"{proxy.name} does not listen: {proxy.log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    # nginx has a master and workers, which are one process group.
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        os.killpg(process.pid, how)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
