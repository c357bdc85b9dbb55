"""A signal ends `gateway contract` and everything that it started, and leaves no key and no register behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from gateway.contract.stock import stock
from tests.server import serving

TIMEOUT_SECONDS = 60
RUN = ("--operation", "getClient", "--max-examples", "500")

BOOTSTRAP, SERVE = "child commands", "child gateway serve"
READING, WRITING = "child reading", "child writing"


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    (tmp_path / "temporary").mkdir()
    return tmp_path / "temporary"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ...]]:
    """The arguments that name a running gateway."""
    folder = tmp_path_factory.mktemp("deployment")
    with serving(f"sqlite:///{folder / 'register.db'}", folder) as server:
        key = server.bootstrap("Acme")
        stock(server.url, key, clients=3)
        yield (server.url, "--token", key)


@pytest.fixture
def start(tmp_path: Path, temporary: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Returns a function that starts the command with its own temporary folder and process group, as a shell does."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    running = []

    def run(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gateway", "contract", *arguments, *RUN, "--report-dir", str(tmp_path)]
        env = inherited | {"TMPDIR": str(temporary)}
        with (tmp_path / "said").open("wb") as said:
            running.append(subprocess.Popen(command, env=env, stdout=said, stderr=said, start_new_session=True))
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.wait()


def until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def started(command: subprocess.Popen[bytes]) -> dict[int, str]:
    """The command lines of processes that the command has started and that still run, by process id."""
    found = {}
    for each in psutil.Process(command.pid).children(recursive=True):
        try:
            found[each.pid] = " ".join(each.cmdline()).replace("gateway.contract.child", "child")
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def wait_for(name: str, command: subprocess.Popen[bytes]) -> dict[int, str]:
    """Wait until the command has started a process of that name, and return all its processes."""
    until(lambda: any(name in each for each in started(command).values()))
    return started(command)


def still_running(processes: dict[int, str]) -> list[int]:
    return [pid for pid in processes if _is_running(pid)]


def _is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # also if it ends at this very moment
        return False


@pytest.mark.parametrize(
    ("when", "number", "whole_group"),
    [
        (BOOTSTRAP, signal.SIGTERM, False),
        (SERVE, signal.SIGINT, True),
        (READING, signal.SIGTERM, False),
        (READING, signal.SIGINT, True),
        (READING, signal.SIGHUP, False),
    ],
)
def test_a_signal_ends_every_process_and_leaves_no_files(when, number, whole_group, start, deployment, temporary):
    command = start(*(deployment if when == READING else ("--fresh",)), "--dialect", "api")
    processes = wait_for(when, command)
    assert list(temporary.iterdir())
    if whole_group:
        os.killpg(command.pid, number)
    else:
        command.send_signal(number)
    assert command.wait(TIMEOUT_SECONDS) == 128 + number
    assert not still_running(processes)
    assert not list(temporary.iterdir())


def test_further_signals_do_not_interrupt_the_cleanup(start, temporary):
    command = start("--fresh")
    processes = wait_for(WRITING, command)
    while command.poll() is None:
        command.send_signal(signal.SIGTERM)
        time.sleep(0.05)
    assert command.returncode == 128 + signal.SIGTERM
    assert not still_running(processes)
    assert not list(temporary.iterdir())


def test_started_processes_end_when_the_command_is_killed(start, deployment):
    command = start(*deployment)
    processes = wait_for(READING, command)
    command.kill()
    until(lambda: not still_running(processes))
    wait_for(READING, start(*deployment))  # the reports that it had begun are not in the way of the next run
