"""Files and folders that the gateway creates: accessible to their owner only, and never replacing files of others.

Permissions are set on what is created here, whatever the umask is. Existing files keep theirs.
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
    """Create a folder, and missing folders above it, for their owner only. Raises `OSError`."""
    missing = list(takewhile(lambda each: not each.exists(), (folder, *folder.parents)))
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError):  # another process has created it
            each.mkdir(PRIVATE_FOLDER)
            each.chmod(PRIVATE_FOLDER)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder")


def make_private_file(path: Path) -> None:
    """Create an empty file for its owner only, unless that name exists. Raises `OSError`.

    SQLite gives the permissions of a database to its journals, so this sets theirs too.
    """
    try:
        # A dangling symbolic link is followed here, because O_EXCL refuses it and SQLite would follow it.
        descriptor = os.open(os.path.realpath(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    except FileExistsError:
        return
    try:
        os.fchmod(descriptor, PRIVATE_FILE)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def temporary_file(folder: Path, mode: int = PRIVATE_FILE) -> Iterator[tuple[Path, IO[bytes]]]:
    """Yield a new file with an unpredictable name in a folder. It is removed at the end unless it was renamed.

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
    """If the block fails, remove the folders that it has created, and those inside them, if they are empty."""
    before = {each for folder in folders for each in (folder, *folder.parents, *_inside(folder)) if each.is_dir()}
    try:
        yield
    except BaseException:
        made = {each for folder in folders for each in (folder, *folder.parents, *_inside(folder))} - before
        for each in sorted(made, key=lambda path: len(path.parts), reverse=True):
            with contextlib.suppress(OSError):  # it does not exist, or is not empty
                each.rmdir()
        raise


def _inside(folder: Path) -> list[Path]:
    return [each for each in folder.glob("*") if each.is_dir()]


def rename_without_overwriting(written: Path, target: Path) -> None:
    """Rename a finished file to a free name. Raises `FileExistsError` if the name is taken, and `OSError`."""
    try:
        os.link(written, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # some file systems have no hard links: there the name is created first and then replaced
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
        written.replace(target)
    else:
        written.unlink()
    _sync_folder(target.parent)


def replace_file(written: Path, target: Path) -> None:
    """Rename a finished file, and replace a regular file of that name if there is one. Raises `OSError`."""
    written.replace(target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(PermissionError):  # a folder may be writable but not readable
        sync_to_disk(folder)


@contextlib.contextmanager
def signals_as_interrupts() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the program as Ctrl-C does, so that unfinished files are removed.

    A signal that is already handled or ignored is not changed, and outside the main thread nothing is done.
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
