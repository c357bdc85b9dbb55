"""Servers in separate networks, which can be killed, suspended, or cut off."""

import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil

from tests.torture.networks import Link

# PostgreSQL refuses to run as root; these programs believe to have another user, and may read what root may.
AS_OTHER = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]


class Isolated:
    """A server with all its processes in a network of its own, which is on a bridge under one address."""

    def __init__(self, name: str, bridge: str, address: str, log: Path) -> None:
        self.log_file = log
        self._link = Link(name, bridge, address)
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, *command: str) -> None:
        """Start a program in this network."""
        everything = [*self._link.inside, *AS_OTHER, *command]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(everything, stdout=log, stderr=log, cwd="/", start_new_session=True)

    def kill(self) -> None:
        """Kill all its processes with SIGKILL."""
        psutil.wait_procs(self._send(signal.SIGKILL), timeout=10)
        if self._process is not None:
            self._process.wait(10)

    def suspend(self) -> None:
        """Suspend it; its kernel still accepts connections and bytes."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """End that."""
        self._send(signal.SIGCONT)

    def cut_off(self) -> None:
        """Block all packets in both directions."""
        self._link.cut_off()

    def connect(self) -> None:
        """End that."""
        self._link.connect()

    def swallow(self) -> None:
        """Drop packets in both directions without an error to the sender."""
        self._link.swallow()

    def pass_on(self) -> None:
        """End that."""
        self._link.pass_on()

    def end(self) -> None:
        """Stop everything, and take the network down."""
        self.kill()
        self._link.end()

    def _send(self, number: signal.Signals) -> list[psutil.Process]:
        found = []
        for pid in self._link.pids:
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                process.send_signal(number)
                found.append(process)
        return found
