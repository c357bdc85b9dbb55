"""Scheduled backups in one folder, which keeps the newest ones.

An archive is recognised as a scheduled backup by its name and a mark inside it, which also names the register; no other
file is ever removed. Only one process at a time makes a backup, whichever worker, command or instance it is.
"""

import hashlib
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from core.database.database import Database
from core.documents.storage import DocumentStorage
from core.files import PRIVATE_FILE, make_private_folder
from core.operations.backup import REGISTER, BackupFailed, back_up, check_address
from core.text.clock import SECOND, now

_NAME = re.compile(r"gateway-(\d{8}T\d{6})Z\.zip")
_TIME = "%Y%m%dT%H%M%S"
_LOCK = ".gateway-backups.lock"
_MARK = "gateway scheduled backup of "


def back_up_into(folder: Path, database: Database, storage: DocumentStorage, keep: int, every: int) -> Path | None:
    """Make a backup unless there is one younger than `every` microseconds, and keep the `keep` newest valid ones.

    Return the archive; None if none is due, or another process is making one. The new archive is read back before an
    older one is removed. Raises `BackupFailed`, `NotWritten` and `Unavailable`.
    """
    check_address(database.address)
    make_private_folder(folder)
    with _exclusive(folder) as is_alone:
        if not is_alone or not is_due(folder, database.file, every):
            return None
        made = folder / f"gateway-{datetime.fromtimestamp(now() // SECOND, UTC).strftime(_TIME)}Z.zip"
        back_up(database, storage, str(made), _comment(database.file))
        _check_is_whole(made)
        older = [each for each in valid_backups(folder, database.file) if each != made]
        for each in older[max(keep, 1) - 1 :]:
            each.unlink(missing_ok=True)
        return made


def is_due(folder: Path, register: Path, every: int) -> bool:
    """Return whether no valid backup of a register is younger than `every` microseconds."""
    return due_in(folder, register, every) == 0


def due_in(folder: Path, register: Path, every: int) -> int:
    """Return in how many microseconds the next backup of a register is due."""
    newest = next(valid_backups(folder, register), None)
    if newest is None:
        return 0
    age = now() - _created_at(newest)
    # A backup from the future was made while the clock was ahead, and its age is unknown.
    return every - age if 0 <= age < every else 0


def valid_backups(folder: Path, register: Path) -> Iterator[Path]:
    """Yield the scheduled backups of a register that are complete at their end, newest first."""
    named = [path for path in folder.glob("gateway-*.zip") if _NAME.fullmatch(path.name) and path.is_file()]
    newest_first = sorted(named, key=lambda path: path.name, reverse=True)
    return (path for path in newest_first if _is_ours(path, _comment(register)))


@contextmanager
def _exclusive(folder: Path) -> Iterator[bool]:
    """Yield whether this is the only process inside. The lock of a killed process is released by the system."""
    import fcntl  # not available on every supported system

    lock = folder / _LOCK
    with lock.open("ab") as file:
        lock.chmod(PRIVATE_FILE)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _is_ours(path: Path, mark: bytes) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.comment == mark and REGISTER in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def _check_is_whole(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        if broken := archive.testzip():
            raise BackupFailed(f"{path} cannot be read back ({broken}); older backups were kept")


def _comment(register: Path) -> bytes:
    return f"{_MARK}{hashlib.sha256(str(register.resolve()).encode()).hexdigest()[:32]}".encode()


def _created_at(path: Path) -> int:
    found = _NAME.fullmatch(path.name)
    assert found is not None
    return int(datetime.strptime(found[1], _TIME).replace(tzinfo=UTC).timestamp()) * SECOND
