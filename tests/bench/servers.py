"""The servers that are compared: processes as users start them, on separate cores."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench import memory
from tests.bench.generator import SERVER_CORES, Broken
from tests.bench.registers import FOLDER, KEY, ROOT, Register
from tests.server import free_port

_TIMEOUT_SECONDS = 60
_GLANCE_SECONDS = 0.05  # five of the kernel's usual ticks


@dataclass(frozen=True)
class Server:
    """A running server. `first_answer_seconds` is how long its first answer took after its start."""

    name: str
    port: int
    pid: int
    first_answer_seconds: float

    def get(self, path: str) -> bytes:
        """Return the body that it answers a path with. Raises `Broken` for anything but a success."""
        return self.send(path)

    def send(self, path: str, body: bytes | None = None, key: str = KEY) -> bytes:
        """Return the body of the answer to a GET, or to a POST of JSON."""
        headers = {"Authorization": f"Bearer {key}", "X-API-TOKEN": key, "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            raise Broken(f"{self.name} answers {path} with {error.code}: {error.read()[:300]!r}") from error

    def rest(self) -> None:
        """Wait until it is idle: some continue with requests whose clients have left, for seconds."""
        deadline = time.perf_counter() + _TIMEOUT_SECONDS
        before = self._ticks()
        while time.perf_counter() < deadline:
            time.sleep(_GLANCE_SECONDS)
            now = self._ticks()
            if now - before <= 1 and not self._wants_to_run():
                return
            before = now

    def _ticks(self) -> int:
        """Return the processor time that it has used, in the kernel's ticks."""
        used = _stat(Path(f"/proc/{self.pid}"))[11:13]
        return sum(map(int, used))

    def _wants_to_run(self) -> bool:
        """Return whether a thread is runnable, even if it is not on a core now."""
        with suppress(
            FileNotFoundError, ProcessLookupError
        ):  # a thread that ended meanwhile: the next look will decide
            return any(_stat(thread)[0] == "R" for thread in Path(f"/proc/{self.pid}/task").iterdir())
        return True

    @property
    def memory_bytes(self) -> int:
        """The resident set of the process."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def _stat(process: Path) -> list[str]:
    """Return the kernel's fields of a process or thread after its name; the first one is its state."""
    return (process / "stat").read_text().rpartition(")")[2].split()


@contextmanager
def ours(
    register: Register, workers: int = 1, cores: frozenset[int] = SERVER_CORES, first: str = "/healthz"
) -> Iterator[Server]:
    """Run the gateway as users do: key check, access log, limits.

    It is up when it answers the path `first`. Its register, as it is at the start, is in memory while it runs.
    """
    port = free_port()
    arguments = ["-m", "gateway", "serve", "--port", str(port), "--workers", str(workers)]
    with memory.held(register), _running("ours", arguments, port, register.environment, cores, first) as server:
        yield server


@contextmanager
def peer(register: Register) -> Iterator[Server]:
    """Run PEER, the usual implementation."""
    running = _uvicorn("peer", "tests.bench.peer.app:app", register.environment, "/healthz")
    with memory.held(register), running as server:
        yield server


@contextmanager
def expert(register: Register) -> Iterator[Server]:
    """Run only the measured rows, as fast as they can be written; without a log of requests."""
    running = _uvicorn("expert", "tests.bench.expert.app:app", register.environment, "/healthz", ("--no-access-log",))
    with memory.held(register), running as server:
        yield server


@contextmanager
def limit(answers: Path) -> Iterator[Server]:
    """Run a bare route that answers with the files of a folder."""
    options = ("--no-access-log", "--factory")
    with _uvicorn("limit", "tests.bench.limit:build", {"LIMIT_ANSWERS": str(answers)}, "/healthz", options) as server:
        yield server


@contextmanager
def _uvicorn(
    name: str, app: str, environment: Mapping[str, str], first: str, options: Sequence[str] = ()
) -> Iterator[Server]:
    port = free_port()
    fast = ("--loop", "uvloop", "--http", "httptools")
    arguments = ["-m", "uvicorn", app, "--port", str(port), *fast, *options]
    with _running(name, arguments, port, environment, SERVER_CORES, first) as server:
        yield server


@contextmanager
def _running(
    name: str, arguments: Sequence[str], port: int, environment: Mapping[str, str], cores: frozenset[int], first: str
) -> Iterator[Server]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    # Without settings of the gateway or of Python from the shell, such as one that forbids compiled files.
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("GATEWAY_", "PYTHON"))}
    with (FOLDER / f"{name}.log").open("w") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**inherited, **environment, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdout=log,
            stderr=log,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
    try:
        _wait(name, process, port, first, started)
        yield Server(name, port, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait(_TIMEOUT_SECONDS)


def _wait(name: str, process: subprocess.Popen[bytes], port: int, first: str, started: float) -> None:
    probe = Server(name, port, process.pid, 0)
    while process.poll() is None and time.perf_counter() < started + _TIMEOUT_SECONDS:
        try:
            probe.get(first)
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise Broken(f"{name} did not come up: {(FOLDER / f'{name}.log').read_text()[-500:]}")
