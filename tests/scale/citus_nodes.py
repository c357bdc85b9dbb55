"""A cluster of Citus of a test's own, whose nodes may be killed: of the programs of the cluster that is there."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from tests import citus
from tests.server import free_port

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_preload_libraries": "citus",
    "citus.shard_count": 4,
    "max_connections": 100,
    "max_prepared_transactions": 100,
    "shared_buffers": "32MB",
    "fsync": "off",  # processes are killed here, not machines
}
_START_SECONDS = 60.0


class Node:
    """A server in a folder of its own."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        # PostgreSQL refuses to run as root; this one takes itself for somebody else, and may read what root may.
        as_other = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []
        self._log = folder.with_suffix(".log")
        self._command = [*as_other, str(programs / "postgres"), "-D", str(folder), "-p", str(self.port)]
        made = [*as_other, str(programs / "initdb"), "-D", str(folder), "-U", "postgres", "-A", "trust", "--no-sync"]
        subprocess.run([*made, "-E", "UTF8", "--locale=C.UTF-8"], check=True, capture_output=True)
        with (folder / "postgresql.conf").open("a") as written:
            written.writelines(f"{name} = '{value}'\n" for name, value in _SETTINGS.items())

    def start(self) -> None:
        """Start, or start again, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                return psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, self._log.read_text()[-3000:]
                time.sleep(0.1)

    def kill(self) -> None:
        """kill -9 of all its processes."""
        psutil.wait_procs(self._send(signal.SIGKILL), timeout=10)
        self._process.wait()

    def silence(self) -> None:
        """Have it say nothing more, until `kill`."""
        self._send(signal.SIGSTOP)

    def _send(self, number: signal.Signals) -> list[psutil.Process]:
        if self._process.poll() is not None:
            return []
        postmaster = psutil.Process(self._process.pid)
        every = [postmaster, *postmaster.children(recursive=True)]
        for process in every:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        return every


@contextmanager
def nodes_of(folder: Path, count: int = 3) -> Iterator[list[Node]]:
    """So many running nodes, the first of which is the coordinator; skips where their programs are not here."""
    programs = citus.programs()
    if programs is None:
        pytest.skip("the programs of the Citus cluster are not on this machine")
    with ExitStack() as stack:
        nodes = [Node(programs, folder / f"node{number}") for number in range(count)]
        for node in nodes:
            node.start()
            stack.callback(node.kill)
        yield nodes
