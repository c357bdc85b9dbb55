"""The take-over by a new program: it checks what it needs, then its workers are started."""

import socket
import subprocess
from collections.abc import Sequence

from gateway.server.launching import Launch, Worker

_START_SECONDS = 120  # more than a worker needs on a busy machine


class DidNotStart(Exception):
    """Processes did not start; the text says why, as far as that is known."""


class Generation:
    """Workers that are started together."""

    def __init__(self, launch: Launch, listeners: Sequence[socket.socket], count: int, folder: str) -> None:
        self.launch, self.workers = launch, list[Worker]()
        try:
            for _ in range(count):
                self.workers.append(Worker(launch, listeners, folder))
        except OSError as error:
            self.kill()
            raise DidNotStart(f"{launch.command[0]}: {error.strerror}") from error

    def has_begun(self) -> bool:
        """Return whether one of them serves; the supervisor replaces others that end.

        Raises `DidNotStart` once all have ended.
        """
        statuses = [worker.poll() for worker in self.workers]
        if None not in statuses:
            raise DidNotStart(f"a worker ended with status {statuses[0]}")
        return any(worker.is_ready for worker in self.workers)

    def is_ready(self) -> bool:
        """Return whether all of them serve. Raises `DidNotStart`, after ending all of them."""
        statuses = [worker.poll() for worker in self.workers]
        overdue = [worker for worker in self.workers if worker.is_overdue(_START_SECONDS)]
        if ended := [status for status in statuses if status is not None]:
            self.kill()
            raise DidNotStart(f"a worker ended with status {ended[0]}")
        if overdue:
            self.kill()
            raise DidNotStart(f"a worker was not ready within {_START_SECONDS} seconds")
        return all(worker.is_ready for worker in self.workers)

    def kill(self) -> None:
        """Kill all of them. No caller is connected to them yet."""
        for worker in self.workers:
            worker.kill()


class Takeover:
    """The new program prints how its workers are started (`Launch.as_text`), and then they are started."""

    def __init__(self, preparation: Sequence[str], listeners: Sequence[socket.socket], count: int, folder: str) -> None:
        self._listeners, self._count, self._folder = listeners, count, folder
        self._generation: Generation | None = None
        try:
            self._preparing = subprocess.Popen(  # noqa: S603 (ourselves)
                preparation, stdout=subprocess.PIPE, text=True, cwd=folder
            )
        except OSError as error:
            raise DidNotStart(f"{preparation[0]}: {error.strerror}") from error

    def poll(self) -> Generation | None:
        """Return the new workers once they serve. Raises `DidNotStart`."""
        if self._generation is None:
            if self._preparing.poll() is None:
                return None
            self._generation = Generation(self._launch(), self._listeners, self._count, self._folder)
        return self._generation if self._generation.is_ready() else None

    def stop(self) -> None:
        """Cancel the take-over."""
        if self._generation is not None:
            self._generation.kill()
        elif self._preparing.poll() is None:
            self._preparing.terminate()  # it may be migrating, and then ends after a step
            self._preparing.wait()

    def _launch(self) -> Launch:
        description, _ = self._preparing.communicate()
        if self._preparing.returncode:
            raise DidNotStart(f"it ended with status {self._preparing.returncode}")
        try:
            return Launch.parsed(description)
        except ValueError as error:
            raise DidNotStart(str(error)) from error
