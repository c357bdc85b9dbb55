"""`gateway serve` in its own process group, which tests may kill."""

import http.client
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil

from core.database.database import Database
from gateway.settings import Settings
from tests.forking import PROGRAM, ForkedPopen
from tests.server import Server, free_port


class GatewayProcess:
    """A server over one database and one storage folder, at one address for all of its lives."""

    def __init__(
        self, database_url: str, folder: Path, workers: int = 1, program: Path | None = None, **settings: object
    ) -> None:
        self.database_url = database_url
        self.storage = folder / "documents"
        self.log = folder / "gateway.log"
        self.workers = workers
        self.program = program  # the folder whose packages are run; the present one without it
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = {
            "GATEWAY_DATABASE_URL": database_url,
            "GATEWAY_STORAGE_URL": str(self.storage),
            "GATEWAY_HOUSEKEEPING_SECONDS": "0.25",
            "GATEWAY_ACCESS_LOG": "false",
            **{f"GATEWAY_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "GatewayProcess":
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.kill()

    @property
    def main(self) -> psutil.Process:
        """The process that was started; with several workers their supervisor."""
        assert self._process is not None
        return psutil.Process(self._process.pid)

    @property
    def working(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        return [child for child in self.main.children() if _is_worker(child)] or [self.main]

    def start(self) -> None:
        """Start, or start again, and wait until /readyz says so."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
        inherited["PWD"] = str(self.program or Path.cwd())
        arguments = ["serve", "--port", str(self.port), "--workers", str(self.workers)]
        with self.log.open("ab") as log:
            self._process = ForkedPopen(
                [*PROGRAM, *arguments],
                env=inherited | self._settings,
                cwd=self.program,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_ready()

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Wait for a 200 of /readyz."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self._process is not None
            assert self._process.poll() is None, self.log.read_text()[-4000:]
            if self.ready() == 200:
                return
            time.sleep(0.03)
        raise AssertionError(f"not ready after {seconds} s: {self.log.read_text()[-4000:]}")

    def ready(self) -> int:
        """The status of /readyz; 0 if nobody answers."""
        try:
            return _ready(self.port)
        except (OSError, http.client.HTTPException):
            return 0

    @contextmanager
    def served(self) -> Iterator[Server]:
        """What a server in this process would be: its address, settings and database."""
        database = Database(self.database_url, threads=1)
        try:
            yield Server(self.url, Settings(database_url=self.database_url, storage_url=str(self.storage)), database)
        finally:
            database.close()

    @contextmanager
    def files_limited_to(self, size: int) -> Iterator[None]:
        """No file of the server can grow beyond so many bytes, which is how a quota shows (Linux)."""
        for process in self.working:
            _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            for process in self.working:
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))

    def kill(self) -> None:
        """kill -9 of the server with all of its workers, if it runs. Return when their port is free."""
        if self._process is not None and self._process.poll() is None:
            self.main.suspend()  # so that it starts no worker meanwhile
            workers = self.main.children(recursive=True)
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            psutil.wait_procs(workers, timeout=60)

    def terminate(self) -> None:
        """Ask to stop, without waiting."""
        self.main.terminate()

    def wait(self, seconds: float = 60) -> int:
        """Wait for the end; the exit status."""
        assert self._process is not None
        return self._process.wait(seconds)


def _ready(port: int) -> int:
    # Without httpx: this is asked many times until a server has started.
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/readyz")
        return connection.getresponse().status


def _is_worker(child: psutil.Process) -> bool:
    # The supervisor also starts what checks a new program; one that was killed may not be reaped yet.
    try:
        return "gateway.server.worker" in " ".join(child.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False
