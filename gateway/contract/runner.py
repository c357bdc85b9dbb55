"""One dialect's run of Schemathesis: the packaged configuration, this run's identities and reports, one process."""

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from gateway.contract.identities import OURS, write_identities
from gateway.contract.target import Target

FORMATS = {"junit": "xml", "ndjson": "ndjson", "json": "json"}


@dataclass(frozen=True)
class Plan:
    """How much to prove, and where to report it."""

    report_dir: Path
    seed: int
    write: bool = False
    max_examples: int | None = None
    baseline: Path | None = None
    more: tuple[str, ...] = ()  # further arguments of `st run`

    def file(self, dialect: str, ending: str) -> Path:
        """The report of a dialect with that ending."""
        return (self.report_dir / f"{dialect}.{ending}").absolute()


@dataclass(frozen=True)
class Outcome:
    """What came of one dialect's run."""

    dialect: str
    exit_code: int
    log: Path
    summary: dict[str, Any] = field(default_factory=dict)


def prove(dialect: str, target: Target, plan: Plan) -> Outcome:
    """Run every phase on one dialect. The identities are on the disk only meanwhile."""
    _clear(dialect, plan)
    with tempfile.TemporaryDirectory(prefix="gateway-contract-") as folder:
        identities = Path(folder) / "identities.json"
        names = write_identities(identities, dialect, target)
        config = Path(folder) / "schemathesis.toml"
        config.write_text(_configuration(dialect, plan, identities, names))
        log = plan.file(dialect, "log")
        with log.open("w") as sink:
            command = _command(dialect, config, target, plan)
            code = subprocess.run(command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL, check=False).returncode  # noqa: S603
    return Outcome(dialect, code, log, _summary(plan.file(dialect, "json")))


def _clear(dialect: str, plan: Plan) -> None:
    # What an earlier run left would pass for a report of this one, or lead it another way than its seed.
    plan.report_dir.mkdir(parents=True, exist_ok=True)
    for ending in FORMATS.values():
        plan.file(dialect, ending).unlink(missing_ok=True)
    shutil.rmtree(plan.file(dialect, "cache"), ignore_errors=True)


def _configuration(dialect: str, plan: Plan, identities: Path, names: list[str]) -> str:
    packaged = resources.files("gateway.contract").joinpath("schemathesis.toml").read_text()
    auth = {"path": str(identities), "user": OURS} | ({"peers": names} if len(names) > 1 else {})
    tables: dict[str, dict[str, Any]] = {
        "auth.wfc": auth,
        "cache": {"directory": str(plan.file(dialect, "cache"))},
        **{f"reports.{kind}": {"path": str(plan.file(dialect, ending))} for kind, ending in FORMATS.items()},
    }
    return packaged + "".join(_table(name, values) for name, values in tables.items())


def _table(name: str, values: dict[str, Any]) -> str:
    # JSON's strings and arrays of strings are TOML's too.
    return f"\n[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


def _command(dialect: str, config: Path, target: Target, plan: Plan) -> list[str]:
    prefix = "/api" if dialect == "api" else "/api/v1"
    return [
        *(sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", str(config)),
        *("run", f"{target.url}{prefix}/openapi.json", "--url", target.url, "--seed", str(plan.seed)),
        *(() if plan.write else ("--include-method", "GET")),
        *(("--max-examples", str(plan.max_examples)) if plan.max_examples else ()),
        *(("--baseline", str(plan.baseline)) if plan.baseline else ()),
        *plan.more,
    ]


def _summary(report: Path) -> dict[str, Any]:
    return dict(json.loads(report.read_text())) if report.exists() else {}
