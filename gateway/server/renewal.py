"""A new program on its way to take over: it checks what it needs, then its workers come up."""

import socket
import subprocess
from collections.abc import Sequence

from gateway.server.launching import Launch, Worker

_START_SECONDS = 120  # more than a worker needs on a machine that is busy with everything else


class DidNotStart(Exception):
    """Processes did not come up; the text says what is known of why."""


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
        """Whether one of them serves; who supervises replaces others that end. Raises `DidNotStart` once all have."""
        statuses = [worker.look() for worker in self.workers]
        if None not in statuses:
            raise DidNotStart(f"a worker ended with status {statuses[0]}")
        return any(worker.is_ready for worker in self.workers)

    def is_ready(self) -> bool:
        """Whether all of them serve. Raises `DidNotStart`, with all of them ended."""
        statuses = [worker.look() for worker in self.workers]
        overdue = [worker for worker in self.workers if worker.is_overdue(_START_SECONDS)]
        if ended := [status for status in statuses if status is not None]:
            self.kill()
            raise DidNotStart(f"a worker ended with status {ended[0]}")
        if overdue:
            self.kill()
            raise DidNotStart(f"a worker did not come up within {_START_SECONDS} seconds")
        return all(worker.is_ready for worker in self.workers)

    def kill(self) -> None:
        """End all of them now: nobody knows them yet."""
        for worker in self.workers:
            worker.kill()


class Renewal:
    """From the question how the program that is installed now starts its workers, to their readiness."""

    def __init__(self, preparation: Sequence[str], listeners: Sequence[socket.socket], count: int, folder: str) -> None:
        self._listeners, self._count, self._folder = listeners, count, folder
        self._generation: Generation | None = None
        try:
            self._preparing = subprocess.Popen(  # noqa: S603 (ourselves)
                preparation, stdout=subprocess.PIPE, text=True, cwd=folder
            )
        except OSError as error:
            raise DidNotStart(f"{preparation[0]}: {error.strerror}") from error

    def look(self) -> Generation | None:
        """The new workers once they serve. Raises `DidNotStart`."""
        if self._generation is None:
            if self._preparing.poll() is None:
                return None
            self._generation = Generation(self._launch(), self._listeners, self._count, self._folder)
        return self._generation if self._generation.is_ready() else None

    def stop(self) -> None:
        """Give it up."""
        if self._generation is not None:
            self._generation.kill()
        elif self._preparing.poll() is None:
            self._preparing.terminate()  # which may be migrating, and then ends after a step
            self._preparing.wait()

    def _launch(self) -> Launch:
        said, _ = self._preparing.communicate()
        if self._preparing.returncode:
            raise DidNotStart(f"it ended with status {self._preparing.returncode}")
        try:
            return Launch.parsed(said)
        except ValueError as error:
            raise DidNotStart(str(error)) from error
