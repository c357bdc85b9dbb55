"""Checks the free space of a disk."""

import shutil
from pathlib import Path

from gateway.doctor.finding import Finding, failure, ok, warning

_MIB = 1024 * 1024
_FULL, _TIGHT = 100 * _MIB, 1024 * _MIB


def space(check: str, folder: Path) -> Finding:
    """Return how much space is free on the disk of a folder, which may not exist yet."""
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(there).free
    found = f"{free // _MIB} MiB are free at {folder}."
    if free >= _TIGHT:
        return ok(check, found)
    return (failure if free < _FULL else warning)(check, found, "Free some space, or move to a larger disk.")
