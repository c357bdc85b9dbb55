"""Do the checks detect faults? Each fault of the table is switched on alone, and its check must report it.

`make test` tries some of them, `make contract-faults` all, in parts: `PART=2/4`.
"""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import tests.server
from gateway.app import build_app
from gateway.contract.processes import Processes
from gateway.contract.runner import Outcome, Plan, run_schemathesis
from gateway.contract.stock import stock
from gateway.contract.target import Target
from tests.contract.faults import FAULTS, MUTANTS
from tests.contract.faulty import Faulty
from tests.contract.parts import chosen
from tests.server import Server, serving

PASSWORD = "Secret123"
CHOSEN = chosen(MUTANTS)
SEED = 20260615


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One gateway for all faults, on SQLite; each fault works in companies of its own."""
    folder = tmp_path_factory.mktemp("faulty")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tests.server, "build_app", lambda *given: Faulty(build_app(*given), FAULTS))
        with serving(f"sqlite:///{folder / 'register.db'}", folder) as server:
            yield server


@pytest.fixture(scope="module")
def proof_of(faulty: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Outcome]]:
    """Returns the outcome for a fault. All runs start in parallel here, unless pytest-xdist distributes them."""
    folder = tmp_path_factory.mktemp("reports")
    if "PYTEST_XDIST_WORKER" in os.environ:
        yield lambda name: _proof(faulty, name, folder / name)
        return
    with ThreadPoolExecutor(max_workers=max(2, min(4, os.cpu_count() or 2))) as pool:
        proofs = {name: pool.submit(_proof, faulty, name, folder / name) for name in CHOSEN}
        yield lambda name: proofs[name].result()


def _proof(server: Server, name: str, folder: Path) -> Outcome:
    # These runs are short and may miss the fault by chance; the real ones generate a hundred times more requests.
    for seed in range(SEED, SEED + 3):
        outcome = _proof_with(seed, server, name, folder / str(seed))
        if MUTANTS[name].check in _failed_checks(outcome):
            break
    return outcome


def _proof_with(seed: int, server: Server, name: str, folder: Path) -> Outcome:
    mutant = MUTANTS[name]
    keys = [server.bootstrap(f"{name} {seed} {number}", password=PASSWORD) for number in (1, 2)]
    for key in keys:
        stock(server.url, key, clients=4)
    only = [part for each in mutant.operations for part in ("--include-operation-id", each)]
    # Only stateful runs end at the first failure; other phases would leave no report of it.
    soon = ("--max-failures", "1") if mutant.phases == "stateful" else ()
    soon = (*soon, "--no-shrink")  # nobody reads these failures
    more = (*only, *soon, "--phases", mutant.phases, "--mode", mutant.mode, "--header", f"X-Fault: {name}")
    plan = Plan(
        folder, seed=seed, write=True, max_examples=mutant.examples, more=more, oracles=(), own_records_only=False
    )
    with plan.reports(mutant.dialect).replaced(), Processes() as processes:
        return run_schemathesis(mutant.dialect, Target(server.url, *keys, PASSWORD), plan, processes)


def _failed_checks(outcome: Outcome) -> set[str]:
    """The names of the checks that failed, from the NDJSON report."""
    found: set[str] = set()

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if node.get("status") == "failure" and "failure_info" in node:
                found.add(node["name"])
            node = list(node.values())
        for each in node if isinstance(node, list) else ():
            walk(each)

    for line in outcome.log.with_suffix(".ndjson").read_text().splitlines():
        walk(json.loads(line))
    return found


@pytest.mark.parametrize("name", CHOSEN)
def test_a_fault_is_caught_by_its_check(name, proof_of):
    outcome = proof_of(name)
    assert outcome.exit_code == 1, outcome.log.read_text()
    assert MUTANTS[name].check in _failed_checks(outcome)
