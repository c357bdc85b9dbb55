"""One dialect's run of Schemathesis: the packaged configuration, this run's identities and reports, one process."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

from gateway.contract.baseline import copy_baseline
from gateway.contract.identities import OURS, write_identities
from gateway.contract.operations import PREFIXES, Selection
from gateway.contract.oracles.started import start_oracles
from gateway.contract.processes import Processes
from gateway.contract.reach import REACH
from gateway.contract.reports import FORMATS, Reports
from gateway.contract.target import OWN_RECORDS, Target

# Schemathesis's own hundred, some of which copy values of others, make only a sixth more different requests than sixty
# that are all drawn anew (`gateway.contract.tuning`), in more time and memory.
EXAMPLES, SEQUENCES = 60, 25


@dataclass(frozen=True)
class Plan:
    """What to prove, and where to report it."""

    report_dir: Path
    seed: int
    write: bool = False
    max_examples: int | None = None  # for each operation, and of sequences; None for `EXAMPLES` and `SEQUENCES`
    baseline: Path | None = None
    update_baseline: bool = False
    operations: Mapping[str, Selection] = field(default_factory=dict)  # by dialect; a dialect without one: all
    more: tuple[str, ...] = ()  # further arguments of `st run`
    oracles: tuple[str, ...] | None = None  # by name; None for all
    schemathesis: bool = True
    own_records_only: bool = True  # whether the run may change only records that it has created

    @property
    def runs_oracles(self) -> bool:
        """Whether any oracle is to run."""
        return self.oracles is None or bool(self.oracles)

    def reports(self, dialect: str) -> Reports:
        """Return the reports of a dialect."""
        return Reports(self.report_dir, dialect)


@dataclass(frozen=True)
class OracleOutcome:
    """The exit status of the process that ran a dialect's oracles, and its report."""

    exit_code: int = 0
    report: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """The outcome of one dialect's run. `baseline` is the JSON of its copy of the baseline after the run.

    `oracles` is the report of the oracles, `reach` what the run has reached of the document.
    """

    dialect: str
    exit_code: int
    log: Path
    summary: dict[str, Any] = field(default_factory=dict)
    baseline: str | None = None
    oracles: dict[str, Any] = field(default_factory=dict)
    reach: dict[str, Any] = field(default_factory=dict)
    reached: str = ""
    complaints: tuple[str, ...] = ()  # about what the run did not reach
    ran_schemathesis: bool = True


def combined(outcome: Outcome, oracles: OracleOutcome) -> Outcome:
    """Return the outcome of a dialect's run with that of its oracles, which fail it too."""
    return replace(outcome, exit_code=outcome.exit_code or oracles.exit_code, oracles=oracles.report)


def run_oracles(dialect: str, target: Target, plan: Plan, processes: Processes) -> OracleOutcome:
    """Run the oracles of the plan. The file with the keys exists only meanwhile. Raises `OSError`."""
    reports = plan.reports(dialect)
    with _private_folder() as folder:
        files = (folder, reports.file("oracles.log"), reports.file("oracles.json"))
        return OracleOutcome(*start_oracles(dialect, target, plan.write, plan.oracles, *files, processes))


def run_schemathesis(dialect: str, target: Target, plan: Plan, processes: Processes) -> Outcome:
    """Run every phase of Schemathesis. The file with the keys exists only meanwhile. Raises `OSError`."""
    with _private_folder() as folder:
        return _schemathesis(dialect, target, plan, folder, processes)


@contextmanager
def _private_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gateway-contract-") as name:
        yield Path(name)


def _schemathesis(dialect: str, target: Target, plan: Plan, folder: Path, processes: Processes) -> Outcome:
    reports = plan.reports(dialect)
    baseline = folder / "baseline.json"
    if plan.baseline:
        copy_baseline(plan.baseline, baseline)
    config = _configured(dialect, target, plan, folder)
    program = "writing" if plan.write else "reading"
    with reports.file("log").open("x") as log:
        arguments = _arguments(dialect, config, target, plan, baseline)
        environment = _environment(plan, folder, reports.file("reach.json"))
        code = processes.start(program, *arguments, output=log, environment=environment).wait()
    updated = baseline.read_text() if plan.update_baseline else None
    summary, reach = _summary(reports.file("json")), _summary(reports.file("reach.json"))
    return Outcome(dialect, code, reports.file("log"), summary, updated, reach=reach)


def _environment(plan: Plan, folder: Path, reach: Path) -> dict[str, str]:
    # Hypothesis would store its tables in the working folder. The HTTP library would read the user's .netrc with each
    # request, and a password there for the host would replace the key.
    unless_given = {"HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis")}
    own = {REACH: str(reach), "NETRC": str(folder / "no netrc")} | ({OWN_RECORDS: "1"} if plan.own_records_only else {})
    return unless_given | dict(os.environ) | own


def _configured(dialect: str, target: Target, plan: Plan, folder: Path) -> Path:
    identities = folder / "identities.json"
    names = write_identities(identities, dialect, target)
    config = folder / "schemathesis.toml"
    config.write_text(_configuration(dialect, plan, identities, names))
    return config


def _configuration(dialect: str, plan: Plan, identities: Path, names: list[str]) -> str:
    packaged = resources.files("gateway.contract").joinpath("schemathesis.toml").read_text()
    auth = {"path": str(identities), "user": OURS} | ({"peers": names} if len(names) > 1 else {})
    reports = plan.reports(dialect)
    tables: dict[str, dict[str, Any]] = {
        "auth.wfc": auth,
        "cache": {"directory": str(reports.file("cache"))},
        "phases.stateful.generation": {"max-examples": plan.max_examples or SEQUENCES},
        **{f"reports.{kind}": {"path": str(reports.file(ending))} for kind, ending in FORMATS.items()},
    }
    if not plan.write:
        # Methods that a path does not have are tried too; those that could write would not be sent, and fail the run.
        tables["phases.coverage"] = {"unexpected-methods": ["get", "options"]}
    elif plan.own_records_only:  # a deployment, whose proxy may answer TRACE itself
        methods = ["get", "put", "post", "delete", "options", "patch", "query"]
        tables["phases.coverage"] = {"unexpected-methods": methods}
    return packaged + "".join(_table(name, values) for name, values in tables.items())


def _table(name: str, values: dict[str, Any]) -> str:
    # Strings, numbers and arrays of strings have the same syntax in JSON and TOML.
    return f"\n[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


def _arguments(dialect: str, config: Path, target: Target, plan: Plan, baseline: Path) -> list[str]:
    return [
        *("--no-color", "--config-file", str(config)),
        *("run", f"{target.url}{PREFIXES[dialect]}/openapi.json", "--url", target.url, "--seed", str(plan.seed)),
        *_narrowed(plan.operations.get(dialect), plan.write),
        *("--max-examples", str(plan.max_examples or EXAMPLES)),
        *(("--baseline", str(baseline)) if plan.baseline else ()),
        *(("--baseline-update",) if plan.update_baseline else ()),
        *plan.more,
    ]


def _narrowed(selection: Selection | None, write: bool) -> list[str]:
    # Schemathesis includes what meets any of the conditions, so only one kind of condition may be given.
    if selection is None:
        return [] if write else ["--include-method", "GET"]
    # Without a link between the operations there are no sequences, and the stateful phase would be an error.
    phases = [] if selection.linked else ["--phases", "examples,coverage,fuzzing"]
    return [*(part for label in selection.labels for part in ("--include-name", label)), *phases]


def _summary(report: Path) -> dict[str, Any]:
    return dict(json.loads(report.read_text())) if report.exists() else {}
