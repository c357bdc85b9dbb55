"""Files and folders that the gateway makes: for their owner only, and never in the place of somebody else's.

Permissions are set on what is made here, whatever the umask is. What is there already keeps its own.
"""

import contextlib
import os
import secrets
import signal
import threading
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from types import FrameType
from typing import IO

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner only. Raises `OSError`."""
    missing = list(takewhile(lambda each: not each.exists(), (folder, *folder.parents)))
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError):  # another process was faster
            each.mkdir(PRIVATE_FOLDER)
            each.chmod(PRIVATE_FOLDER)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")


def make_private_file(path: Path) -> None:
    """Make an empty file for its owner only, unless something of that name is there. Raises `OSError`.

    SQLite gives the permissions of a database to its journals, so this settles theirs too.
    """
    try:
        # A symbolic link to nothing is followed here, because O_EXCL refuses it and SQLite would follow it.
        descriptor = os.open(os.path.realpath(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    except FileExistsError:
        return
    try:
        os.fchmod(descriptor, PRIVATE_FILE)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def temporary_file(folder: Path, mode: int = PRIVATE_FILE) -> Iterator[tuple[Path, IO[bytes]]]:
    """A new file, and its unpredictable name, in a folder. It is removed at the end unless it was renamed.

    The umask narrows a `mode` other than `PRIVATE_FILE`. Raises `OSError`.
    """
    path = folder / f".gateway-{secrets.token_hex(8)}.part"
    with signals_as_interrupts():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        try:
            with open(descriptor, "wb") as file:
                if mode == PRIVATE_FILE:
                    os.fchmod(descriptor, mode)
                yield path, file
        finally:
            path.unlink(missing_ok=True)


def flush_to_disk(file: IO[bytes]) -> None:
    """Wait until all that was written to a file is on the disk. Raises `OSError`."""
    file.flush()
    os.fsync(file.fileno())


def sync_to_disk(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def removing_new_folders_on_error(*folders: Path) -> Iterator[None]:
    """If the block fails, remove what it made of these folders, and inside them, as far as that is empty."""
    before = {each for folder in folders for each in (folder, *folder.parents, *_inside(folder)) if each.is_dir()}
    try:
        yield
    except BaseException:
        made = {each for folder in folders for each in (folder, *folder.parents, *_inside(folder))} - before
        for each in sorted(made, key=lambda path: len(path.parts), reverse=True):
            with contextlib.suppress(OSError):  # it is not there, or not empty
                each.rmdir()
        raise


def _inside(folder: Path) -> list[Path]:
    return [each for each in folder.glob("*") if each.is_dir()]


def rename_without_overwriting(written: Path, target: Path) -> None:
    """Give a finished file its name, which must be free: nothing is replaced. Raises `FileExistsError`, `OSError`."""
    try:
        os.link(written, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # some file systems have no hard links: there the name is taken first, and then the place
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
        written.replace(target)
    else:
        written.unlink()
    _sync_folder(target.parent)


def replace_file(written: Path, target: Path) -> None:
    """Let a finished file take the place of a regular file, or a free name. Raises `OSError`."""
    written.replace(target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(PermissionError):  # a folder may be open for writing and not for reading
        sync_to_disk(folder)


@contextlib.contextmanager
def signals_as_interrupts() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the program as Ctrl-C does, so that what is unfinished is removed.

    Signals that are handled or ignored already stay so, and only the main thread can do this.
    """
    main = threading.current_thread() is threading.main_thread()
    mine = [each for each in (signal.SIGTERM, signal.SIGHUP) if main and signal.getsignal(each) is signal.SIG_DFL]
    for each in mine:
        signal.signal(each, _stop)
    try:
        yield
    finally:
        for each in mine:
            signal.signal(each, signal.SIG_DFL)


def _stop(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second one would interrupt the removal
    raise SystemExit(128 + number)
