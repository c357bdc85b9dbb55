"""Rounds of load, fault, recovery and complete verification."""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import text

from core.access import companies, keys, users
from core.database.database import Database
from tests.process import GatewayProcess
from tests.torture.journal import differences, look, same
from tests.torture.writer import PASSWORD, Writer

Fault = Callable[[GatewayProcess], None]
_WRITERS = 4


@dataclass
class Tally:
    """The counts of a campaign, and what went wrong."""

    rounds: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    interrupted: int = 0
    documents: int = 0
    losses: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        faults = ", ".join(f"{count} × {name}" for name, count in sorted(self.faults.items()))
        return (
            f"{self.rounds} rounds ({faults}), {self.acknowledged} acknowledged writes, "
            f"{self.interrupted} cut off, {self.documents} documents compared byte by byte, {len(self.losses)} losses"
        )


class Campaign:
    """Faults against one gateway, whose writers check their writes afterwards. `seed` decides all but the timing."""

    def __init__(self, gateway: GatewayProcess, faults: Mapping[str, Fault], seed: int) -> None:
        self.gateway = gateway
        self.tally = Tally()
        self._faults = faults
        self._random = random.Random(seed)
        self._writers = [Writer(gateway.url, key, seed + n) for n, key in enumerate(self._companies())]

    def run(self, rounds: int) -> Tally:
        """Run this number of rounds; the tally lists what went wrong."""
        order = [name for _ in range(rounds // len(self._faults) + 1) for name in self._faults][:rounds]
        self._random.shuffle(order)
        for fault in order:
            self._round(fault)
        return self.tally

    def _round(self, fault: str) -> None:
        before = sum(writer.acknowledged for writer in self._writers)
        for writer in self._writers:
            writer.start()
        time.sleep(self._random.uniform(0.02, 0.7))
        self._faults[fault](self.gateway)
        for writer in self._writers:
            writer.stop()
        self.gateway.wait_until_ready()
        for writer in self._writers:
            self._compare(writer)
        self._compare_storage()
        self.tally.rounds += 1
        self.tally.faults[fault] += 1
        self.tally.acknowledged += sum(writer.acknowledged for writer in self._writers) - before

    def _compare(self, writer: Writer) -> None:
        actual, ids = look(self.gateway.url, writer.key)
        self.tally.interrupted += writer.pending is not None
        self.tally.documents += sum(len(seen.documents) for seen in actual.values())
        self.tally.losses += [f"refused: {refusal}" for refusal in writer.refused]
        if writer.pending is None or not same(writer.pending, actual):
            self.tally.losses += differences(writer.state, actual)
        # Tags of deleted clients are not shown, so the journal keeps its own value.
        kept = writer.pending if writer.pending is not None and same(writer.pending, actual) else writer.state
        writer.state, writer.ids, writer.pending, writer.refused = dict(kept), ids, None, []

    def _compare_storage(self) -> None:
        """After the sweeper ran, the storage must hold the bytes of the rows and nothing else."""
        database = Database(self.gateway.database_url, threads=1)
        try:
            with database.writing() as connection:  # the lease of interrupted uploads has expired
                connection.execute(text("UPDATE discarded_objects SET due_at = 0"))
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                with database.reading() as connection:
                    if not connection.execute(text("SELECT count(*) FROM discarded_objects")).scalar():
                        break
                time.sleep(0.02)
            with database.reading() as connection:
                rows = connection.execute(text("SELECT object_key, size FROM documents")).all()
        finally:
            database.close()
        expected = {row.object_key: row.size for row in rows}
        found = self.gateway.storage.rglob("*")
        stored = {str(each.relative_to(self.gateway.storage)): each.stat().st_size for each in found if each.is_file()}
        if expected != stored:
            without_row, without_bytes = stored.keys() - expected.keys(), expected.keys() - stored.keys()
            self.tally.losses.append(f"bytes without a row: {without_row}; rows without bytes: {without_bytes}")

    def _companies(self) -> list[str]:
        database = Database(self.gateway.database_url, threads=1)
        try:
            return [database.write_now(lambda connection, n=n: new_key(connection, n)) for n in range(_WRITERS)]
        finally:
            database.close()


def new_key(connection, number: int) -> str:
    """Return the key of a new company."""
    company_id = companies.ensure(connection, f"Company {number}")
    user_id = users.ensure_team_user(connection, company_id, f"team{number}@acme.example", PASSWORD)
    return keys.issue(connection, company_id, user_id, "torture")


def kill_server(gateway: GatewayProcess) -> None:
    """Kill every process of the server with SIGKILL, and start it again."""
    gateway.kill()
    gateway.start()


def kill_worker(gateway: GatewayProcess) -> None:
    """Kill one worker with SIGKILL; the supervisor must notice."""
    random.choice(gateway.working).kill()
