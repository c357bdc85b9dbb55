"""What a storage folder needs beyond the object store's file access: bytes on the disk, and crashes cleaned up.

The object store writes to `key#1` (`#2` if that is taken, and so on) and renames it to `key`, without waiting for the
disk. So a power cut could empty a file that was stored, and a crash before the renaming leaves `key#1` behind.
"""

import itertools
import os
import re
from pathlib import Path

_LEFTOVER = re.compile(r".+#\d+")


def make_durable(folder: Path, key: str) -> None:
    """Wait until a stored file and its name are on the disk. Raises `OSError`."""
    path = folder / key
    for each in (path, path.parent, folder):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def leftovers(folder: Path) -> list[str]:
    """Names below the folder that only a crash leaves, or an upload under way."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*#*") if path.is_file())
    return sorted(name for name in found if _LEFTOVER.fullmatch(name))


def clear_leftovers(folder: Path, key: str) -> None:
    """Remove what was written of a key and never renamed."""
    for number in itertools.count(1):
        try:
            (folder / f"{key}#{number}").unlink()
        except FileNotFoundError:
            return
