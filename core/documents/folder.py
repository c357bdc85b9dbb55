"""What a storage folder needs beyond the object store's file access: bytes on the disk, and crashes cleaned up.

The object store writes to `key#1` (`#2` if that is taken, and so on) and renames it to `key`, without waiting for the
disk. So a power cut could empty a file that was stored, and a crash before the renaming leaves `key#1` behind.
What it makes has the permissions that the umask leaves, so folders are made before, and files closed to others after.
"""

import itertools
import re
from pathlib import Path

from core.files import PRIVATE_FILE, make_private_folder, sync_to_disk

_LEFTOVER = re.compile(r"(.+)#\d+")


def make_room(folder: Path, key: str) -> None:
    """Make the folder that a key's file goes into, for its owner only. Raises `OSError`."""
    inside = (folder / key).parent
    # Where the whole storage is away, an empty one must not take its place.
    if folder.is_dir() and inside.is_relative_to(folder) and ".." not in inside.parts:
        make_private_folder(inside)


def make_durable(folder: Path, key: str) -> None:
    """Close a stored file to others, and wait until it and its name are on the disk. Raises `OSError`."""
    path = folder / key
    path.chmod(PRIVATE_FILE)
    for each in (path, path.parent, folder):
        sync_to_disk(each)


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
