"""The temporary register of a mock: its files, its settings, and how it is reset."""

import os
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

from gateway.settings import Settings

FIXTURE = Path(__file__).parent / "fixture.zip"
REGISTER, DOCUMENTS = "register.db", "documents"
KEY, OTHER_KEY, EMPTY_KEY = "mock-key", "mock-key-of-another-company", "mock-key-of-an-empty-company"
PASSWORD = "Mock-Password-1"  # noqa: S105 (of a public fixture)
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 (only a private folder is created in it)


def parent_folder() -> str | None:
    """Return the best parent folder for a register: in memory, if this machine has a file system there."""
    return str(_IN_MEMORY) if _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK | os.X_OK) else None


def settings_of(folder: Path, url: str) -> Settings:
    """Return the settings of a mock. The installation's own must have been removed from the environment."""
    return Settings(
        database_url=f"sqlite:///{folder / REGISTER}",
        storage_url=str(folder / DOCUMENTS),
        public_url=url,
        cors_origins=("*",),
        access_log=False,
        log_level="warning",
        usage_days=0,
    )


def unpack(folder: Path) -> None:
    """Unpack the fixture into an empty folder."""
    with zipfile.ZipFile(FIXTURE) as archive:
        archive.extractall(folder)


def restore(folder: Path) -> None:
    """Reset the database and documents of a running mock to those of the fixture.

    SQLite's backup writes in a transaction like other processes, so the gateway sees a register that has changed.
    """
    with zipfile.ZipFile(FIXTURE) as archive:
        with closing(sqlite3.connect(":memory:")) as fixture, closing(sqlite3.connect(folder / REGISTER)) as register:
            fixture.deserialize(archive.read(REGISTER))
            fixture.backup(register)
        archive.extractall(folder, [name for name in archive.namelist() if name != REGISTER])
