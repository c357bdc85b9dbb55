"""A Citus cluster of one test, whose nodes may be lost; it uses the programs of the installed cluster.

Each node is in a network namespace that can be cut off, and has the settings of docs/deploy.
"""

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
from tests.torture import networks
from tests.torture.networks import Link, bridge

_DEPLOYED = Path(__file__).parents[2] / "docs" / "deploy" / "citus.conf"
_BRIDGE, _NETWORK = "gwcitus", "10.231.8"
_SETTINGS = {
    "listen_addresses": "*",
    "unix_socket_directories": "",
    "shared_preload_libraries": "citus",
    "citus.shard_count": 4,
    "shared_buffers": "32MB",
    "fsync": "off",  # processes are killed here, not machines
}
# PostgreSQL refuses to run as root; this one takes itself for somebody else, and may read what root may.
_AS_OTHER = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
_START_SECONDS = 60.0


class Node:
    """A server with a folder and a network namespace."""

    def __init__(self, number: int, programs: Path, folder: Path) -> None:
        self.host = f"{_NETWORK}.{10 + number}"
        self.url = f"postgresql://postgres@{self.host}:5432/postgres"
        data = folder / f"node{number}"
        self._log = data.with_suffix(".log")
        made = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"]
        subprocess.run([*_AS_OTHER, *made, "--locale=C.UTF-8"], check=True, capture_output=True)
        with (data / "pg_hba.conf").open("a") as written:
            written.write(f"host all all {_NETWORK}.0/24 trust\n")
        with (data / "postgresql.conf").open("a") as written:
            written.writelines(f"{name} = '{value}'\n" for name, value in _SETTINGS.items())
            written.write(_DEPLOYED.read_text())
        self._link = Link(f"gwnode{number}", _BRIDGE, self.host)
        self._command = [*self._link.inside, *_AS_OTHER, str(programs / "postgres"), "-D", str(data)]

    def start(self) -> None:
        """Start it, or start it again, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                return psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, self._log.read_text()[-3000:]
                time.sleep(0.1)

    def kill(self) -> None:
        """Kill all its processes with SIGKILL."""
        every = [psutil.Process(pid) for pid in self._link.pids if psutil.pid_exists(pid)]
        for process in every:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(every, timeout=10)
        self._process.wait()

    def cut_off(self) -> None:
        """Drop all packets in both directions."""
        self._link.cut_off()

    def connect(self) -> None:
        """Let packets through again."""
        self._link.connect()

    def end(self) -> None:
        """Stop it, and remove its network namespace."""
        self.kill()
        self._link.end()


@contextmanager
def nodes_of(folder: Path, count: int = 3) -> Iterator[list[Node]]:
    """Return this number of running nodes, the coordinator first; skip the test if that is not possible."""
    programs = citus.programs()
    if programs is None:
        pytest.skip("the programs of the Citus cluster are not on this machine")
    if lacking := networks.missing():
        pytest.skip(f"no nodes that can be lost: {lacking}")
    with ExitStack() as stack:
        stack.enter_context(bridge(_BRIDGE, _NETWORK))
        nodes = []
        for number in range(count):
            nodes.append(Node(number, programs, folder))
            nodes[-1].start()
            stack.callback(nodes[-1].end)
        yield nodes
