"""Keeps the files of a register in memory while it is measured: nobody wants to measure the disk.

Some machines take pages of files back that were not read for a minute, which would fall on whoever reads them next.
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
    """Have the register's files in memory: locked there as long as this lasts, or else read once now."""
    locked = _locked(register)
    if locked is None:
        read(register)
    with locked or nullcontext():
        yield


def read(register: Register) -> None:
    """Read the register's files once; those of a PostgreSQL elsewhere are left alone."""
    for path in [register.file] if register.engine == "sqlite" else _files(register):
        if path.is_file():
            with path.open("rb") as file:
                while file.read(1 << 22):
                    pass


def _locked(register: Register) -> mmap.mmap | None:
    """An SQLite register's file as it is now, in memory until this is closed; None if too large or not allowed."""
    if register.engine != "sqlite" or register.file.stat().st_size > _available() * _SHARE:
        return None
    with suppress(OSError), register.file.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, flags=mmap.MAP_SHARED | _MAP_LOCKED, prot=mmap.PROT_READ)
    return None


def _available() -> int:
    """Bytes of memory that nobody needs."""
    return int(Path("/proc/meminfo").read_text().partition("MemAvailable:")[2].split()[0]) * 1024


def _files(register: Register) -> Iterator[Path]:
    with psycopg.connect(register.url) as connection:
        found = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    assert found, "one is connected to a database that is there"
    return (FOLDER / "pg" / "base" / str(found[0])).rglob("*")
