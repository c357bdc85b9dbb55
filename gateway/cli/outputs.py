"""The `--output` option of commands, and protection of the gateway's own data."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from core.database.addresses import address_of
from core.database.register_file import sqlite_file
from core.documents.folder import folder_of
from core.operations.outputs import STANDARD_OUTPUT, file_of, writing
from gateway.cli.errors import CommandError
from gateway.cli.session import settings

Output = Annotated[
    str | None, typer.Option("--output", metavar="FILE", help="The file to write; standard output if left out or `-`.")
]


@contextmanager
def written(output: str | None, private: bool = True) -> Iterator[IO[bytes]]:
    """Yield the file to write that `--output` names; a new file of `private` data is for its owner only.

    Raises `CommandError`, and what `core.operations.outputs.writing` raises.
    """
    target = STANDARD_OUTPUT if output is None else output
    check_output(target)
    with writing(target, private) as file:
        yield file


def check_output(target: str) -> None:
    """Raise `CommandError` if an output would overwrite the register or documents, `NotWritten` if it is invalid."""
    if (path := file_of(target)) is not None:
        check_is_no_data(path)


def check_is_no_data(path: Path) -> None:
    """Raise `CommandError` if writing to a path would overwrite the register or its documents."""
    chosen, path = settings(), path.resolve()
    if any(path == each or _are_the_same(path, each) for each in _register_files(chosen.database_url)):
        raise CommandError(f"{path} belongs to the register; name another file")
    storage = folder_of(chosen.storage_url)
    if storage is not None and path.is_relative_to(storage):
        raise CommandError(f"{path} is inside the document storage; name another place")


def _register_files(database_url: str) -> list[Path]:
    try:
        address = address_of(database_url)
    except ValueError:  # opening it reports that
        return []
    if not address.is_sqlite or not address.url.database:
        return []
    file = sqlite_file(address.url).resolve()
    return [file.with_name(file.name + end) for end in ("", "-wal", "-shm", "-journal")]


def _are_the_same(path: Path, other: Path) -> bool:
    return path.exists() and other.exists() and path.samefile(other)
