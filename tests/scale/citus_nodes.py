"""A Citus cluster of one test, whose nodes may be lost; it uses the programs of the installed cluster.

Each node is in a network namespace that can be cut off, and has the settings of docs/deploy.
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests import citus
from tests.torture import networks
from tests.torture.isolated import AS_OTHER, Isolated
from tests.torture.networks import bridge

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
_START_SECONDS = 60.0


class Node(Isolated):
    """A server with a folder and a network namespace."""

    def __init__(self, number: int, programs: Path, folder: Path) -> None:
        self.host = f"{_NETWORK}.{10 + number}"
        self.url = f"postgresql://postgres@{self.host}:5432/postgres"
        data = folder / f"node{number}"
        made = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"]
        subprocess.run([*AS_OTHER, *made, "--locale=C.UTF-8"], check=True, capture_output=True)
        with (data / "pg_hba.conf").open("a") as written:
            written.write(f"host all all {_NETWORK}.0/24 trust\n")
        with (data / "postgresql.conf").open("a") as written:
            written.writelines(f"{name} = '{value}'\n" for name, value in _SETTINGS.items())
            written.write(_DEPLOYED.read_text())
        self._command = [str(programs / "postgres"), "-D", str(data)]
        super().__init__(f"gwnode{number}", _BRIDGE, self.host, data.with_suffix(".log"))

    def start(self) -> None:
        """Start it, or start it again, and wait until it answers."""
        self.run(*self._command)
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                return psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, self.log_file.read_text()[-3000:]
                time.sleep(0.1)


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
