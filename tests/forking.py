"""Starts `python -m gateway …` by a fork of a process that has imported the program already.

Imports are most of a start, and tests start hundreds of processes. A forked one runs the program from its entry point
on, with arguments, environment, standard files and session of its own, as a child of the test process. Only what `ps`
shows as its command, limits, the umask and the seed of `hash` are those of the process that it was forked from. Where
more might matter a new process is started: with other variables than usual, which Python and libraries read once, in
another folder, and elsewhere than on Linux. Tests of starts, of memory and the like use `subprocess.Popen` itself.
"""

import atexit
import ctypes
import gc
import inspect
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

PROGRAM = [sys.executable, "-m", "gateway"]
_LATER = {"serve": "gateway.app", "mcp": "gateway.mcp.server"}  # what a command imports when it works
_READ_LATER = ("GATEWAY_", "OTEL_", "AWS_", "PYTEST_", "PWD")  # how variables begin that no import looks at
_ROOT = str(Path(__file__).parents[1])
_SET_CHILD_SUBREAPER = 36  # prctl(2): whose parent has ended becomes a child of this process
_turn = threading.Lock()


class ForkedPopen(subprocess.Popen):
    """A process of the program. All else is as in `subprocess.Popen`."""

    def _execute_child(self, *arguments: object) -> None:
        given = inspect.signature(super()._execute_child).bind(*arguments).arguments
        pipes = [given[name] for name in ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")]
        with _turn:
            if not _can_be_forked(given):
                super()._execute_child(*arguments)
                return
            files = [number if file == -1 else file for number, file in enumerate((pipes[0], pipes[3], pipes[5]))]
            self.pid = _fork([given["args"][3:], dict(given["env"]), given["start_new_session"]], files)
        self._child_created = True
        self._close_pipe_fds(*pipes)


def _can_be_forked(given: Mapping[str, Any]) -> bool:
    is_usual = (given["args"][:3], given["cwd"], os.getcwd(), sys.platform) == (PROGRAM, None, _ROOT, "linux")
    has_options = given["preexec_fn"] is not None or given["pass_fds"] or given["umask"] >= 0
    return is_usual and not has_options and _read_once(given["env"] or {}) == _forking()[1]


def _read_once(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith(_READ_LATER)}


@cache
def _forking() -> tuple[socket.socket, dict[str, str]]:
    """The connection to the process that forks, and the variables that it read once."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", "tests.forking", str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    atexit.register(lambda: (ours.close(), process.wait()))
    return ours, _read_once(os.environ)


def _fork(request: Sequence[object], files: Sequence[int]) -> int:
    """The id of a process that does what is asked and has these standard files. It is a child of this process."""
    channel, control = _forking()[0], ctypes.CDLL(None).prctl
    control(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        socket.send_fds(channel, [json.dumps(request).encode()], files)
        process_id = int(channel.recv(100))
        assert channel.recv(100) == b"its parent has ended"
    finally:
        control(_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    return process_id


def _serve(channel: socket.socket) -> bool:
    """Fork for every request. Return whether this is a forked process; in the first one, the tests have ended."""
    from gateway.cli.commands import app

    while (received := socket.recv_fds(channel, 1 << 17, 3))[0]:
        (command, *rest), files = json.loads(received[0]), received[1]
        with suppress(Exception):  # what cannot be imported fails once more in the forked process
            app(command)
            import_module(_LATER.get(command[0], "gateway"))
        gc.freeze()
        assert len(os.listdir("/proc/self/task")) == 1, "a fork takes over locks, and no thread that releases them"
        if (parent := os.fork()) == 0:
            if process_id := os.fork():
                channel.send(str(process_id).encode())
                os._exit(0)
            channel.close()
            sys.argv[1:] = command
            _become(files, *rest)
            return True
        os.waitpid(parent, 0)
        channel.send(b"its parent has ended")
        for each in files:
            os.close(each)
    return False


def _become(files: Sequence[int], environment: Mapping[str, str], has_session: bool) -> None:
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.dup2(files[number], number)
        os.close(files[number])
        was, buffering = getattr(sys, name), 1 if number == 2 else -1
        setattr(sys, name, open(number, was.mode, buffering, was.encoding, was.errors, closefd=False))  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    if has_session:
        os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)


if __name__ == "__main__":
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the tests, and they end this process
    if _serve(socket.socket(fileno=int(sys.argv[1]))):
        runpy.run_module("gateway", run_name="__main__", alter_sys=True)
