"""Loads a server with requests from processes on cores of their own and tells how it bore it."""

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
_ALL_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORES = frozenset(_ALL_CORES[: max(1, len(_ALL_CORES) // 2)])
LOAD_CORES = frozenset(_ALL_CORES) - SERVER_CORES or SERVER_CORES
_numbers = itertools.count(time.time_ns() // 1_000_000 * 1_000, 10**7)  # no two runs make a client of the same name


@dataclass(frozen=True)
class Figures:
    """What one run found. `generator_cores` is how many cores the load generator itself kept busy."""

    rate: float
    p50_us: float
    p99_us: float
    generator_cores: float

    def as_dict(self) -> dict[str, float]:
        """The figures by name, rounded for reading."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


class Broken(Exception):
    """A run that measured nothing, because answers were errors or not the same."""


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


def run(
    port: int, traffic: Traffic, connections: int, seconds: float, cores: frozenset[int] = LOAD_CORES
) -> Figures:
    """Load a server for some seconds. Raises `Broken` if an answer is no success."""
    start = random.randrange(traffic.count)  # noqa: S311 (so that two runs do not ask the same of warm caches)
    arguments = [traffic.file, str(start), str(next(_numbers))]
    target = [str(port), str(connections), str(seconds)]
    command = [sys.executable, str(HERE / "client.py"), *target, *arguments]
    if WRK:
        # wrk takes whole seconds only.
        load = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s"]
        command = [WRK, *load, "-s", str(HERE / "wrk.lua"), f"http://127.0.0.1:{port}", "--", *arguments]
    before = _children_seconds()
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, preexec_fn=lambda: os.sched_setaffinity(0, cores)
    )
    used = _children_seconds() - before
    _, found, result = done.stdout.rpartition("RESULT ")
    if not found:
        raise Broken(f"the load generator failed: {done.stdout[-500:]} {done.stderr[-500:]}")
    values = json.loads(result)
    if values["errors"] or not values["requests"]:
        raise Broken(f"{values['errors']} of {values['requests']} answers were errors: {Path(traffic.file).name}")
    return Figures(
        values["requests"] / values["seconds"], values["p50_us"], values["p99_us"], used / values["seconds"]
    )


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
