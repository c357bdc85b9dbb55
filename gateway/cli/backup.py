"""`gateway backup`, `gateway restore` and `gateway check`: protection against the loss of a disk."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from core.database.register_file import sqlite_file
from core.documents.folder import folder_of
from core.documents.storage import DocumentStorage
from core.files import removing_new_folders_on_error
from core.operations.backup import back_up, check_is_sqlite
from core.operations.backup_folder import back_up_into
from core.operations.consistency import check as look_at
from core.operations.outputs import shown
from core.operations.restore import restore as restore_to
from core.text.plural import counted
from gateway.cli import times
from gateway.cli.errors import CommandError, say
from gateway.cli.listing import show_lines
from gateway.cli.outputs import check_is_no_data, check_output
from gateway.cli.parameters import AsJson
from gateway.cli.session import address_named, opened_storage, refusals, register, settings

Archive = Annotated[Path, typer.Argument(metavar="FILE", help="The archive, a zip file.")]
NewArchive = Annotated[str, typer.Argument(metavar="FILE", help="The archive, a zip file; `-` for standard output.")]


def backup(
    file: NewArchive,
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=1, help="FILE is a folder: write a dated archive into it, and keep the newest N."),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            "--every",
            parser=times.duration,
            metavar="DURATION",
            help="With --keep: only if no backup is younger: 24h, 7d.",
        ),
    ] = None,
) -> None:
    """Copy the register and all documents into one archive, as of one moment, while the gateway serves.

    For an SQLite register. FILE must not exist, unless it is a pipe or a device; it appears when it is complete. It
    contains all data, including the digests of keys and passwords, and only you can read it.

    With --keep, FILE is a folder of backups. After the new archive was checked, older archives that this command made
    for the same register are removed; other files never are. If several of these commands run at once, one makes the
    backup. A server does the same by itself if GATEWAY_BACKUP_FOLDER is set.

    \b
    Examples:
      gateway backup backups/monday.zip
      gateway backup backups --keep 14 --every 24h
    """
    if every is not None and keep is None:
        raise typer.BadParameter("--every needs --keep.")
    with refusals():
        check_is_sqlite(settings().database_url)
    if keep is not None:
        _back_up_into(Path(file), keep, every or 0)
        return
    with register() as database:
        check_output(file)
        count = back_up(database, _storage(), file)
    say(f"{shown(file)} holds the register and {counted(count, 'document')}.")


def _back_up_into(folder: Path, keep: int, every: int) -> None:
    with register() as database:
        check_is_no_data(folder.resolve())
        made = back_up_into(folder, database, _storage(), keep, every)
    say(f"Backup {made} was written." if made else "No backup is due, or another process is making one.")


def restore(file: Archive) -> None:
    """Restore the register and its documents from an archive.

    GATEWAY_DATABASE_URL must name an SQLite file that does not exist. Archives of earlier versions are upgraded to this
    version's schema. Stored documents are not overwritten: if they differ from those in the archive, nothing is
    restored. If anything in the archive is damaged, or a disk is full, nothing is left behind. The result is checked as
    `gateway check` does.

    \b
    Example:
      GATEWAY_DATABASE_URL=sqlite:///new/register.db GATEWAY_STORAGE_URL=new/documents gateway restore monday.zip
    """
    with refusals():
        address = address_named(settings().database_url, "GATEWAY_DATABASE_URL")
        if not address.is_sqlite or not address.url.database:
            raise CommandError("GATEWAY_DATABASE_URL must name the SQLite file to create.")
        register_file = sqlite_file(address.url)
        storage = folder_of(settings().storage_url)
        with removing_new_folders_on_error(register_file.parent, *([storage] if storage else ())):
            count = restore_to(file, register_file, _storage())
    say(f"The register and {counted(count, 'document')} were restored.")
    check()


def check(as_json: AsJson = False) -> None:
    """Check that the database is intact, every document has its bytes, and the storage contains nothing else.

    It may run while the gateway serves. Each problem is a line on standard output, and the exit status is then 1. Files
    that a crash left behind are not a problem if they are noted for deletion.

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


def _storage() -> DocumentStorage:
    return opened_storage(settings().storage_url)
