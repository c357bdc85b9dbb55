"""Output files of commands: a file, a device, a pipe or standard output.

A regular file, or a free name, is written under a temporary name and renamed, so it is complete or unchanged. Nothing
but a regular file is ever replaced: devices and pipes are written to, a symbolic link stays and its target is written,
a folder or a socket is refused. `-` is standard output; `./-` is a file of that name.
"""

import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, cast

from core.errors import RegisterError
from core.files import (
    PRIVATE_FILE,
    flush_to_disk,
    make_private_folder,
    rename_without_overwriting,
    replace_file,
    temporary_file,
)

STANDARD_OUTPUT = "-"
_PUBLIC_FILE = 0o666  # narrowed by the umask
_MAX_LINKS = 40  # as Linux does
_DESCRIPTORS = re.compile(r"/dev/fd|/proc/(\d+)(/task/\d+)?/fd")


class NotWritten(RegisterError):
    """An output cannot be written; the text says which and why."""


@contextmanager
def writing(target: str, private: bool = True, overwrite: bool = True) -> Iterator[IO[bytes]]:
    """Yield a file to write to, which becomes the target if the block succeeds.

    An existing file keeps its owner and permissions. A new file is for its owner only, unless it is not `private`;
    missing folders are created. Without `overwrite` nothing that contains data is overwritten. Raises `NotWritten`, and
    `BrokenPipeError` if nobody reads any more.
    """
    try:
        with _opened(target, private, overwrite) as file:
            yield file
    except BrokenPipeError:
        raise
    except FileExistsError as error:
        raise NotWritten(f"{target} already exists") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotWritten(f"{shown(target)} cannot be written: {reason[:1].lower()}{reason[1:]}") from error


def file_of(target: str) -> Path | None:
    """Return the file that is written or replaced, after following symbolic links; None if it is not a regular file.

    Raises `NotWritten` for folders and sockets, and `OSError`.
    """
    if target == STANDARD_OUTPUT or _own_descriptor(target) is not None:
        return None
    if not target or target.endswith("/"):
        raise NotWritten(f"{target!r} is not the name of a file")
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return Path(os.path.realpath(target))
    if stat.S_ISDIR(mode):
        raise NotWritten(f"{target} is a folder")
    if stat.S_ISSOCK(mode):
        raise NotWritten(f"{target} is a socket")
    return Path(os.path.realpath(target)) if stat.S_ISREG(mode) else None


def _opened(target: str, private: bool, overwrite: bool) -> AbstractContextManager[IO[bytes]]:
    file = file_of(target)
    if file is not None:
        return _replacing(file, private) if overwrite else _appearing(file)
    if target == STANDARD_OUTPUT:
        return _standard_output()
    if (number := _own_descriptor(target)) is not None:
        return _stream(os.dup(number))
    if not overwrite and stat.S_ISBLK(os.stat(target).st_mode):
        raise FileExistsError(target)  # a block device contains data like a file
    return _stream(os.open(target, os.O_WRONLY | os.O_NOCTTY))


@contextmanager
def _replacing(target: Path, private: bool) -> Iterator[IO[bytes]]:
    make_private_folder(target.parent)
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(0, "it is read-only")
    with temporary_file(target.parent, PRIVATE_FILE if private else _PUBLIC_FILE) as (part, file):
        yield file
        with suppress(FileNotFoundError):
            _take_over_permissions(target, file.fileno())
        flush_to_disk(file)
        replace_file(part, target)


@contextmanager
def _appearing(target: Path) -> Iterator[IO[bytes]]:
    if target.exists():
        raise FileExistsError(target)
    make_private_folder(target.parent)
    with temporary_file(target.parent) as (part, file):
        yield file
        flush_to_disk(file)
        rename_without_overwriting(part, target)


def _take_over_permissions(original: Path, descriptor: int) -> None:
    """Give a file the owner, the extended attributes (including access control lists) and the mode of another."""
    found = os.lstat(original)
    if not stat.S_ISREG(found.st_mode):
        raise OSError("something else took its name meanwhile")
    mode, mine = stat.S_IMODE(found.st_mode), os.fstat(descriptor)
    with suppress(PermissionError):
        if found.st_uid != mine.st_uid:
            os.fchown(descriptor, found.st_uid, -1)
    try:
        if found.st_gid != mine.st_gid:
            os.fchown(descriptor, -1, found.st_gid)
    except PermissionError:
        mode &= ~stat.S_IRWXG  # ours is another group, which must not get these permissions
    for name in os.listxattr(original) if hasattr(os, "listxattr") else ():
        with suppress(OSError):  # some are reserved for the system
            os.setxattr(descriptor, name, os.getxattr(original, name))
    os.fchmod(descriptor, mode)


class _Stream:
    """A file that can only be written in order. Seeking in a device or in a shell's open file would be meaningless."""

    def __init__(self, file: IO[bytes]) -> None:
        self.write, self.flush = file.write, file.flush


@contextmanager
def _stream(descriptor: int) -> Iterator[IO[bytes]]:
    with open(descriptor, "wb") as file:
        yield cast(IO[bytes], _Stream(file))


@contextmanager
def _standard_output() -> Iterator[IO[bytes]]:
    if sys.stdout is None:
        raise OSError("it is closed")
    sys.stdout.flush()
    yield cast(IO[bytes], _Stream(sys.stdout.buffer))
    sys.stdout.buffer.flush()


def _own_descriptor(path: str) -> int | None:
    """Return the number of this process's open file that a name such as /dev/stdout stands for, if any.

    Opening such a name (also /proc/self/fd/3) would begin at the start of a file that a shell appends to, or replace
    it.
    """
    for _ in range(_MAX_LINKS):
        folder, name = os.path.split(path)
        folder = os.path.realpath(folder)
        found = _DESCRIPTORS.fullmatch(folder)
        if found and name.isdecimal() and found[1] in (None, str(os.getpid())):
            return int(name)
        path = os.path.join(folder, name)
        if not os.path.islink(path):
            return None
        path = os.path.join(folder, os.readlink(path))
    return None


def shown(target: str) -> str:
    """Return a target as a message names it."""
    return "standard output" if target == STANDARD_OUTPUT else target
