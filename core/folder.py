"""What a storage folder needs beyond the object store's file access: bytes on the disk, and crashes cleaned up.

The object store writes to `key#1` (`#2` if that is taken, and so on) and renames it to `key`, without waiting for the
disk. So a power cut could empty a file that was stored, and a crash before the renaming leaves `key#1` behind.
"""

import itertools
import os
import re
from pathlib import Path

_LEFTOVER = re.compile(r"(.+)#\d+")


def make_durable(folder: Path, key: str) -> None:
    """Wait until a stored file and its name are on the disk. Raises `OSError`."""
    path = folder / key
    for each in (path, path.parent, folder):
        wait_for_disk(each)


def wait_for_disk(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def leftovers(folder: Path) -> dict[str, str]:
    """Names below the folder that only a crash leaves, or an upload under way, each with its key."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*#*") if path.is_file())
    return {name: found[1] for name in names if (found := _LEFTOVER.fullmatch(name))}


def clear_leftovers(folder: Path, key: str) -> None:
    """Remove what was written of a key and never renamed."""
    for number in itertools.count(1):
        try:
            (folder / f"{key}#{number}").unlink()
        except FileNotFoundError:
            return
