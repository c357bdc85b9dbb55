"""The baseline: known and accepted failures, in the file format of Schemathesis (version 1)."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.operations.outputs import writing

_IDENTITY = ("operation", "check", "failure", "signature")

Content = dict[str, Any]


class Unreadable(Exception):
    """A file is not a baseline, or cannot become one; the text is for the user."""


def check_baseline(file: Path, update: bool) -> None:
    """Raise `Unreadable` unless the file can be read as a baseline, and replaced if it is to be updated."""
    if not file.exists():
        if not update:
            raise Unreadable(f"There is no baseline {file}; --update-baseline makes one.")
    elif not file.is_file():
        raise Unreadable(f"The baseline {file} is no regular file.")
    else:
        _read(file)
    folder = file.resolve().parent
    if update and not os.access(folder, os.W_OK | os.X_OK):
        raise Unreadable(f"The baseline {file} cannot be updated: nothing can be written in {folder}.")


def copy_baseline(file: Path, copy: Path) -> None:
    """Copy the baseline for one run, because two dialects run at the same time would overwrite each other's file."""
    if file.exists():
        shutil.copyfile(file, copy)
    else:
        copy.write_text(json.dumps({"format_version": 1, "entries": []}))


def merge_baselines(file: Path, copies: Sequence[str]) -> None:
    """Add to the file what the runs added to their copies, all or nothing. Raises `Unreadable`, `NotWritten`."""
    before = _read(file) if file.exists() else {}
    known = {_identity(entry): entry for entry in before.get("entries", [])}
    merged, content = dict(known), before
    for copy in copies:
        content = json.loads(copy)
        merged |= {_identity(each): each for each in content["entries"] if known.get(_identity(each)) != each}
    if merged != known or not file.exists():
        entries = [merged[identity] for identity in sorted(merged)]
        with writing(str(file), private=False) as sink:
            sink.write(json.dumps(before | content | {"entries": entries}, indent=2).encode() + b"\n")


def _identity(entry: Content) -> tuple[str, ...]:
    return tuple(str(entry[name]) for name in _IDENTITY)


def _read(file: Path) -> Content:
    try:
        content = json.loads(file.read_bytes())
    except ValueError as error:
        raise Unreadable(f"The file {file} is not a baseline: {error}.") from None
    entries = content.get("entries") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not all(
        isinstance(each, dict) and each.keys() >= {*_IDENTITY} for each in entries
    ):
        raise Unreadable(f"The file {file} is not a baseline: it has no list of entries.")
    return dict(content)
