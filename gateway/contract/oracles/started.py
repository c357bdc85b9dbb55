"""Starts the oracles for one dialect in a separate process, and reads their report."""

import json
import os
from pathlib import Path
from typing import Any

from gateway.contract.processes import Processes
from gateway.contract.target import Target


def start_oracles(
    dialect: str,
    target: Target,
    writes: bool,
    names: tuple[str, ...] | None,
    folder: Path,
    log: Path,
    report: Path,
    processes: Processes,
) -> tuple[int, dict[str, Any]]:
    """Return exit status and report. Keys are passed in a private file in `folder`. Raises `OSError`."""
    options = {
        "dialect": dialect,
        "url": target.url,
        "token": target.token,
        "other_token": target.other_token,
        "password": target.password,
        "environment": dict(target.environment),
        "writes": writes,
        "names": names,
        "report": str(report),
    }
    file = folder / "oracles.json"
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as sink:
        json.dump(options, sink)
    program = "oracles-writing" if writes else "oracles-reading"
    with log.open("x") as output:
        code = processes.start(program, str(file), output=output).wait()
    return code, json.loads(report.read_text()) if report.exists() else {}
