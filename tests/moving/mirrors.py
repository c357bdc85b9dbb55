"""`gateway mirror` in a separate process, and an old system that sends given bytes and records what it receives."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.forking import PROGRAM, ForkedPopen
from tests.server import free_port

START_SECONDS = 60


@dataclass
class Mirror:
    """A running mirror; `url` is where callers reach it."""

    process: subprocess.Popen[str]
    url: str
    state: Path
    admin: str
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def report(self) -> dict[str, Any]:
        return httpx.get(f"{self.admin}/json", timeout=30).json()

    def wait(self, found: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        """Return the first report for which a condition is true."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found(report := self.report()):
                return report
            time.sleep(0.1)
        raise AssertionError(f"not seen in {seconds} s: {json.dumps(report, indent=1)}\n{self.log.read_text()}")

    def compared(self, number: int) -> dict[str, Any]:
        """Return the report, once so many answers were compared."""
        return self.wait(lambda report: sum(map(report["counts"].get, ("same", "different", "unsettled"))) >= number)

    def stop(self) -> tuple[int, str]:
        """End it by SIGTERM. Return its exit status and output."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self, seconds: float = 60) -> tuple[int, str]:
        output, _ = self.process.communicate(timeout=seconds)
        return self.process.returncode, output

    def memory(self) -> int:
        """Return the memory of its processes in bytes."""
        main = psutil.Process(self.process.pid)
        return sum(each.memory_info().rss for each in (main, *main.children()))


@contextmanager
def mirroring(folder: Path, old_url: str, url: str, *options: object) -> Iterator[Mirror]:
    """Run a mirror until the block ends."""
    folder.mkdir(exist_ok=True)
    state, log, admin = folder / "mirror.json", folder / "mirror.log", free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    command = ["mirror", old_url, "--to", url, "--port", 0, "--state", state, "--admin-port", admin, *options]
    with log.open("ab") as errors:
        process = ForkedPopen(
            [*PROGRAM, *map(str, command)],
            env=inherited,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    mirror = Mirror(process, process.stdout.readline().strip(), state, f"http://127.0.0.1:{admin}", log)
    try:
        assert mirror.url, log.read_text()
        _wait_until_shown(mirror)
        yield mirror
    finally:
        if process.poll() is None:
            for child in psutil.Process(process.pid).children():
                child.kill()
            process.kill()
        process.communicate()


def _wait_until_shown(mirror: Mirror) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            mirror.report()
            return
        time.sleep(0.05)
    raise AssertionError(mirror.log.read_text())


@dataclass
class Player:
    """A server that records the bytes of each connection, and calls `play` with each connection to answer it."""

    port: int = 0
    play: Callable[[socket.socket, bytearray], None] = lambda connection, seen: None
    seen: list[bytearray] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self.seen.append(bytearray())
            threading.Thread(target=self._one, args=(connection, self.seen[-1]), daemon=True).start()

    def _one(self, connection: socket.socket, seen: bytearray) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(60)
            self.play(connection, seen)


@contextmanager
def playing() -> Iterator[Player]:
    """Run a player until the block ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        player = Player(listening.getsockname()[1])
        threading.Thread(target=player.serve, args=(listening,), daemon=True).start()
        yield player
        listening.shutdown(socket.SHUT_RDWR)


def answers(request: bytes, *answer: bytes) -> Callable[[socket.socket, bytearray], None]:
    """Return a `play` that reads as much as this request, sends these bytes one after another, and closes."""

    def play(connection: socket.socket, seen: bytearray) -> None:
        while len(seen) < len(request) and (data := connection.recv(65536)):
            seen += data
        for part in answer:
            connection.sendall(part)
            time.sleep(0.02)
        connection.shutdown(socket.SHUT_WR)
        while data := connection.recv(65536):
            seen += data

    return play


def answer_to(port: int, request: bytes, step: int = 0, half_close: bool = False) -> bytes:
    """Return the whole answer to these bytes, which are sent at once or in steps."""
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        for start in range(0, len(request), step or len(request)):
            connection.sendall(request[start : start + (step or len(request))])
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        found = b""
        while data := connection.recv(65536):
            found += data
        return found
