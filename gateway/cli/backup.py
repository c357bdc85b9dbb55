"""`gateway backup`, `gateway restore` and `gateway check`: what an operator does about the day that a disk dies."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from core.database.register_file import sqlite_file
from core.documents.storage import DocumentStorage
from core.files import leaving_no_new_folders
from core.operations.backup import back_up, check_is_sqlite
from core.operations.consistency import check as look_at
from core.operations.outputs import shown
from core.operations.restore import restore as restore_to
from core.text.plural import counted
from gateway.cli.listing import show_lines
from gateway.cli.outputs import check_output
from gateway.cli.parameters import AsJson
from gateway.cli.session import Refused, address_named, opened_storage, refusals, register, say, settings

Archive = Annotated[Path, typer.Argument(metavar="FILE", help="The archive, a zip file.")]
NewArchive = Annotated[str, typer.Argument(metavar="FILE", help="The archive, a zip file; `-` for standard output.")]


def backup(file: NewArchive) -> None:
    """Copy the register and all documents into one archive, as of one moment, while the gateway serves.

    For an SQLite register. FILE must not exist, unless it is a pipe or a device; it appears when it is whole. It
    holds all there is, digests of keys and passwords among it, and is readable by you only.

    \b
    Example:
      gateway backup backups/monday.zip
    """
    with refusals():
        check_is_sqlite(settings().database_url)
    with register() as database:
        check_output(file)
        count = back_up(database, _storage(), file)
    say(f"{shown(file)} holds the register and {counted(count, 'document')}.")


def restore(file: Archive) -> None:
    """Make the register and its documents again from an archive.

    GATEWAY_DATABASE_URL must name an SQLite file that does not exist. Archives of earlier versions are brought to this
    version's schema. Documents that are stored already are not overwritten: if they differ from those of the archive,
    nothing is restored. If anything in the archive is broken, or a disk is full, nothing is left behind. What was
    restored is checked as `gateway check` does.

    \b
    Example:
      GATEWAY_DATABASE_URL=sqlite:///new/register.db GATEWAY_STORAGE_URL=new/documents gateway restore monday.zip
    """
    with refusals():
        address = address_named(settings().database_url, "GATEWAY_DATABASE_URL")
        if not address.is_sqlite or not address.url.database:
            raise Refused("GATEWAY_DATABASE_URL must name the SQLite file to make.")
        register_file = sqlite_file(address.url)
        with leaving_no_new_folders(register_file.parent, *_storage_folder()):
            count = restore_to(file, register_file, _storage())
    say(f"The register and {counted(count, 'document')} are restored.")
    check()


def check(as_json: AsJson = False) -> None:
    """Tell whether the database is sound and every document has its bytes, and the storage nothing else.

    It may run while the gateway serves. What is wrong stands on standard output, a line each, and the exit status is
    then 1. Files that crashes left behind are no fault as long as the sweeper knows of them.

    \b
    Example:
      gateway check && gateway backup backups/monday.zip
    """
    with register() as database:
        report = asyncio.run(look_at(database, _storage()))
    show_lines("problem", report.problems, as_json)
    say(
        f"{counted(report.documents, 'document')} compared, {counted(report.waiting, 'file')} to be deleted,"
        f" {counted(len(report.problems), 'problem')}."
    )
    if report.problems:
        raise typer.Exit(1)


def _storage_folder() -> list[Path]:
    url = settings().storage_url
    return [Path(url.removeprefix("file://")).resolve()] if "://" not in url or url.startswith("file://") else []


def _storage() -> DocumentStorage:
    return opened_storage(settings().storage_url)
