"""Sends requests to a server from processes on separate cores, and measures its answers."""

import itertools
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).parent
WRK = shutil.which("wrk")
_ENOUGH, _MAX_SECONDS = 10, 16
_ALL_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORES = frozenset(_ALL_CORES[: max(1, len(_ALL_CORES) // 2)])
LOAD_CORES = frozenset(_ALL_CORES) - SERVER_CORES or SERVER_CORES
_numbers = itertools.count(time.time_ns() // 1_000_000 * 1_000, 10**7)  # no two runs create a client of the same name


@dataclass(frozen=True)
class Figures:
    """The result of one run. `generator_cores` is how many cores the load generator itself used."""

    rate: float
    p50_us: float
    p99_us: float
    generator_cores: float

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name, rounded for reading."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


class Broken(Exception):
    """A run whose figures are meaningless, because answers were errors or not the same."""


class Traffic:
    """Requests in a file that load generators read."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self.count = len(requests)
        with tempfile.NamedTemporaryFile(prefix="bench-", delete=False) as file:
            file.write(b"\0".join(requests))
        self.file = file.name

    def close(self) -> None:
        """Remove the file."""
        Path(self.file).unlink()


def warm_up(port: int, traffic: Traffic, seconds: float) -> None:
    """Send the server this traffic for a moment."""
    _result(_own_client(port, traffic, 4, seconds), LOAD_CORES)


def run(port: int, traffic: Traffic, connections: int, seconds: float, cores: frozenset[int] = LOAD_CORES) -> Figures:
    """Load a server for some seconds.

    Repeats it for longer if there were hardly any answers. Raises `Broken` for an error.
    """
    is_whole = seconds == int(seconds)  # wrk only accepts whole seconds
    command = (_wrk if WRK and is_whole else _own_client)(port, traffic, connections, seconds)
    before = _children_seconds()
    values = _result(command, cores)
    if values["requests"] < _ENOUGH and seconds < _MAX_SECONDS:
        return run(port, traffic, connections, seconds * 4, cores)
    used = _children_seconds() - before
    if not values["requests"]:
        raise Broken(f"no answer came within {seconds} seconds")
    rate = values["requests"] / values["seconds"]
    return Figures(rate, values["p50_us"], values["p99_us"], used / values["seconds"])


def _wrk(port: int, traffic: Traffic, connections: int, seconds: float) -> list[str]:
    load = ["-t1", f"-c{connections}", f"-d{int(seconds)}s", "--timeout", "30s"]
    script = ["-s", str(HERE / "wrk.lua"), f"http://127.0.0.1:{port}", "--"]
    return [str(WRK), *load, *script, *_what(traffic)]


def _own_client(port: int, traffic: Traffic, connections: int, seconds: float) -> list[str]:
    load = [str(port), str(connections), str(seconds)]
    return [sys.executable, str(HERE / "client.py"), *load, *_what(traffic)]


def _what(traffic: Traffic) -> list[str]:
    # Start at a random request, so that a second run does not find the caches warm from the first one.
    return [traffic.file, str(random.randrange(traffic.count)), str(next(_numbers))]


def _result(command: Sequence[str], cores: frozenset[int]) -> dict[str, float]:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, preexec_fn=lambda: os.sched_setaffinity(0, cores)
    )
    _, found, result = done.stdout.rpartition("RESULT ")
    if not found:
        raise Broken(f"the load generator failed: {done.stdout[-500:]} {done.stderr[-500:]}")
    values: dict[str, float] = json.loads(result)
    if values["errors"]:
        raise Broken(f"{values['errors']:.0f} of {values['requests']:.0f} answers were errors")
    return values


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
