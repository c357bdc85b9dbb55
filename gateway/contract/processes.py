"""The processes that a proof starts, and how they end: by a signal, by an error, or when the proof is done."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO, Any

_GRACE_SECONDS = 10
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Process = subprocess.Popen[str]
Handler = Callable[[int, FrameType | None], Any] | int | None


class Ended(BaseException):
    """A signal ends the command. It is not an `Exception`, so that nothing handles it as a failure."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_status = 128 + number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raise `Ended` in the block at the first SIGINT, SIGTERM or SIGHUP; further ones cannot interrupt the clean-up."""

    def end(number: int, _frame: FrameType | None) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Ended(number)

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread receives signals
        return
    before = {each: signal.getsignal(each) for each in _SIGNALS}
    if before[signal.SIGHUP] is signal.SIG_IGN:
        del before[signal.SIGHUP]  # started by `nohup`, which means to continue
    for each in before:
        signal.signal(each, end)
    try:
        yield
    except Ended:
        raise  # the command is about to exit; a signal meanwhile would only change its exit status
    except BaseException:
        _restore(before)
        raise
    else:
        _restore(before)


def _restore(handlers: Mapping[signal.Signals, Handler]) -> None:
    for each, handler in handlers.items():
        signal.signal(each, handler)


class Processes:
    """All processes of one run, as a context manager: when the block ends, they have ended.

    Each is the leader of its own process group, so that Ctrl-C on a terminal reaches only the command, which then ends
    them in order. They run `gateway.contract.child`, which also ends with this process if that is killed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started: list[Process] = []
        self._over = False
        self._pipe_of_children, self._own_end_of_pipe = os.pipe()

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_exception: object) -> None:
        try:
            self.end()
        except Ended:
            self.end()  # further signals are ignored
            raise
        finally:
            os.close(self._pipe_of_children)
            os.close(self._own_end_of_pipe)

    def start(
        self,
        program: str,
        *arguments: str,
        output: int | IO[str],
        errors: int = subprocess.STDOUT,
        environment: Mapping[str, str] | None = None,
    ) -> Process:
        """Start a program of `gateway.contract.child`; what it prints goes to `output`. Raises `OSError` when over."""
        command = [sys.executable, "-m", "gateway.contract.child", program, *arguments]
        with self._lock:
            if self._over:
                raise OSError("the run is over")
            process = subprocess.Popen(  # noqa: S603 (ourselves)
                command,
                stdin=self._pipe_of_children,
                stdout=output,
                stderr=errors,
                env=environment,
                text=True,
                start_new_session=True,
            )
            self._started.append(process)
        return process

    def end(self) -> None:
        """Terminate all processes, kill those that do not end in time, and start no more."""
        with self._lock:
            self._over = True
        for process in self._started:
            process.terminate()
        for process in self._started:
            stop(process)


def stop(process: Process) -> None:
    """End a process, by force after a timeout, and wait for its end. Do nothing if it has already ended."""
    process.terminate()
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
