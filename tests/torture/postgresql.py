"""A PostgreSQL server that belongs to one test, so that it may be killed."""

import signal
from pathlib import Path

import psutil

from tests.embedded import get_server


class OwnPostgreSQL:
    """A server in a folder with a short path. It is stopped at the end of the block."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder)

    def __enter__(self) -> "OwnPostgreSQL":
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.cleanup()

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    def crash(self) -> None:
        """Kill all its processes with SIGKILL, and start it again, which recovers from the log."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """Kill all its processes with SIGKILL."""
        psutil.wait_procs(self._send(signal.SIGKILL), timeout=60)

    def freeze(self) -> None:
        """Stop answering, until `thaw` or `stop`."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it continue."""
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> list[psutil.Process]:
        postmaster = psutil.Process(self._server.get_pid())
        every = [postmaster, *postmaster.children(recursive=True)]
        for process in every:
            process.send_signal(number)
        return every

    def start(self) -> None:
        """Start again on the same data."""
        self._server.ensure_postgres_running()
