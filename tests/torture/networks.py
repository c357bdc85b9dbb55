"""Network namespaces for servers, which can be cut off. Linux, as root."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def missing() -> str | None:
    """Return which requirement of such a network this machine lacks, or None."""
    for program in ("ip", "unshare"):
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin") is None:
            return f"there is no {program}"
    if os.geteuid() or subprocess.run(["ip", "netns", "add", "gwprobe"], capture_output=True).returncode:
        return "networks cannot be made here"
    subprocess.run(["ip", "netns", "delete", "gwprobe"], check=True)
    return None


@contextmanager
def bridge(name: str, network: str) -> Iterator[str]:
    """Create a bridge until the block ends. Yield this machine's address on it.

    `network` is the first three numbers of its addresses; no other bridge may have the same. Processes that run tests
    in parallel take turns with a bridge.
    """
    with (Path(tempfile.gettempdir()) / f"{name}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        _remove_leftover("link", name)
        _ip("link", "add", name, "type", "bridge")
        try:
            _ip("addr", "add", f"{network}.1/24", "dev", name)
            _ip("link", "set", name, "up")
            yield f"{network}.1"
        finally:
            _ip("link", "delete", name)


class Link:
    """A network namespace that is connected to a bridge under one address."""

    def __init__(self, name: str, bridge: str, address: str) -> None:
        self._name = name
        _remove_leftover("netns", name)
        _ip("netns", "add", name)
        _ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", name, "master", bridge, "up")
        for command in (f"addr add {address}/24 dev eth0", "link set eth0 up", "link set lo up"):
            _ip("-n", name, *command.split())

    @property
    def inside(self) -> list[str]:
        """Return the beginning of a command that runs in the namespace."""
        return ["ip", "netns", "exec", self._name]

    @property
    def pids(self) -> list[int]:
        """Return the ids of the processes in the namespace."""
        found = subprocess.run(["ip", "netns", "pids", self._name], capture_output=True, text=True, check=True)
        return [int(pid) for pid in found.stdout.split()]

    def cut_off(self) -> None:
        """Drop all packets in both directions."""
        _ip("link", "set", self._name, "down")

    def connect(self) -> None:
        """Let packets through again."""
        _ip("link", "set", self._name, "up")

    def swallow(self) -> None:
        """Drop packets in both directions without an error to the sender."""
        _ip("-n", self._name, "rule", "add", "pref", "1", "blackhole")
        _ip("-n", self._name, "route", "flush", "cache")

    def pass_on(self) -> None:
        """End that."""
        _ip("-n", self._name, "rule", "delete", "pref", "1")

    def end(self) -> None:
        """Remove the namespace."""
        _ip("link", "delete", self._name)  # deleting the namespace alone would do this later
        _ip("netns", "delete", self._name)


def _remove_leftover(kind: str, name: str) -> None:
    """Remove what a killed process has left behind, if anything."""
    with suppress(subprocess.CalledProcessError):
        _ip(kind, "delete", name)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
