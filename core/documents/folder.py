"""What a storage folder needs beyond the object store's file access: durability and cleaning up after crashes.

The object store writes to `key#1` (`#2` if that exists, and so on) and renames it to `key` without waiting for the
disk. So a power cut could empty a stored file, and a crash before the renaming leaves `key#1` behind. Its files have
permissions that the umask leaves, so folders are created beforehand, and files are made private afterwards.
"""

import itertools
import re
from pathlib import Path

from core.files import PRIVATE_FILE, make_private_folder, sync_to_disk

_LEFTOVER = re.compile(r"(.+)#\d+")


def make_folder_for(folder: Path, key: str) -> None:
    """Create the folder of a key's file, for its owner only. Raises `OSError`."""
    inside = (folder / key).parent
    # If the whole storage is missing (not mounted), an empty one must not take its place.
    if folder.is_dir() and inside.is_relative_to(folder) and ".." not in inside.parts:
        make_private_folder(inside)


def make_durable(folder: Path, key: str) -> None:
    """Make a stored file private, and wait until it and its name are on the disk. Raises `OSError`."""
    path = folder / key
    path.chmod(PRIVATE_FILE)
    for each in (path, path.parent, folder):
        sync_to_disk(each)


def unfinished_files(folder: Path) -> dict[str, str]:
    """Return files in the folder that a crash has left or an upload is writing, each with its key."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*#*") if path.is_file())
    return {name: found[1] for name in names if (found := _LEFTOVER.fullmatch(name))}


def remove_unfinished_files(folder: Path, key: str) -> None:
    """Remove unfinished files of a key."""
    for number in itertools.count(1):
        try:
            (folder / f"{key}#{number}").unlink()
        except FileNotFoundError:
            return


def folder_of(url: str) -> Path | None:
    """Return the folder of a storage URL: one without a scheme, or with `file://`; None for an object store."""
    if "://" in url and not url.startswith("file://"):
        return None
    return Path(url.removeprefix("file://")).resolve()
