"""Keeps the files of a register in memory while it is measured, so that the disk is not measured too.

Some machines drop pages of files from memory that were not read for a minute, which would slow down whatever reads them
next.
"""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import psycopg

from tests.bench.registers import FOLDER, Register

_MAP_LOCKED = 0x2000  # Linux's, which Python does not name
_SHARE = 0.5  # of the free memory; a larger file is not locked


@contextmanager
def held(register: Register) -> Iterator[None]:
    """Keep the register's files in memory while the block runs; or read them once, if they cannot be locked there."""
    locked = _locked(register)
    if locked is None:
        read(register)
    with locked or nullcontext():
        yield


def read(register: Register) -> None:
    """Read the register's files once; those of a PostgreSQL on another machine are ignored."""
    for path in [register.file] if register.engine == "sqlite" else _files(register):
        if path.is_file():
            with path.open("rb") as file:
                while file.read(1 << 22):
                    pass


def _locked(register: Register) -> mmap.mmap | None:
    """Lock an SQLite register's file in memory until the result is closed; None if it is too large or not allowed."""
    if register.engine != "sqlite" or register.file.stat().st_size > _available() * _SHARE:
        return None
    with suppress(OSError), register.file.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, flags=mmap.MAP_SHARED | _MAP_LOCKED, prot=mmap.PROT_READ)
    return None


def _available() -> int:
    """Return how many bytes of memory are available."""
    return int(Path("/proc/meminfo").read_text().partition("MemAvailable:")[2].split()[0]) * 1024


def _files(register: Register) -> Iterator[Path]:
    with psycopg.connect(register.url) as connection:
        found = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    assert found, "one is connected to a database that is there"
    return (FOLDER / "pg" / "base" / str(found[0])).rglob("*")
