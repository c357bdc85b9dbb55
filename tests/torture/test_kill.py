"""No acknowledged write is lost or torn, and bytes and rows agree, whatever is killed at any moment.

`make torture` runs many rounds: GATEWAY_TORTURE_ROUNDS says how many per engine, GATEWAY_TORTURE_SEED which.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.process import GatewayProcess
from tests.torture.campaign import Campaign, Fault, kill_server, kill_worker
from tests.torture.postgresql import OwnPostgreSQL

ROUNDS = int(os.environ.get("GATEWAY_TORTURE_ROUNDS", "3"))
SEED = int(os.environ.get("GATEWAY_TORTURE_SEED", "1"))


@pytest.fixture
def postgresql() -> Iterator[OwnPostgreSQL]:
    """A PostgreSQL server that may be killed."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder, OwnPostgreSQL(Path(folder)) as own:
        yield own


def attack(gateway: GatewayProcess, faults: dict[str, Fault], capsys: pytest.CaptureFixture[str], what: str) -> None:
    with gateway:
        tally = Campaign(gateway, faults, SEED).run(ROUNDS)
    with capsys.disabled():
        print(f"\n{what}, seed {SEED}: {tally}")
    assert tally.losses == []
    said = gateway.log.read_text()
    assert [words for words in ("unhandled error", "a background job failed") if words in said] == []


def test_no_acknowledged_write_is_lost_by_kills_on_sqlite(tmp_path, capsys):
    gateway = GatewayProcess(f"sqlite:///{tmp_path / 'register.db'}", tmp_path, workers=2)
    attack(gateway, {"kill -9 server": kill_server, "kill -9 worker": kill_worker}, capsys, "SQLite")


def test_no_acknowledged_write_is_lost_by_kills_on_postgresql(postgresql, tmp_path, capsys):
    gateway = GatewayProcess(postgresql.url, tmp_path, workers=2)
    faults = {
        "kill -9 server": kill_server,
        "kill -9 worker": kill_worker,
        "kill -9 PostgreSQL": lambda _gateway: postgresql.crash(),
    }
    attack(gateway, faults, capsys, "PostgreSQL")
