"""Checks that scheduled backups are made."""

from collections.abc import Iterator
from pathlib import Path

from core.operations.backup_folder import due_in, valid_backups
from core.text.plural import counted
from gateway.doctor.finding import Finding, ok, warning
from gateway.settings import Settings

_LATE = 2  # intervals after which the newest backup is too old


def examine(register: Path, settings: Settings) -> Iterator[Finding]:
    """Yield one finding if a folder for backups is configured."""
    if not settings.backup_folder:
        return
    folder = Path(settings.backup_folder)
    good = list(valid_backups(folder, register))
    if not good:
        yield warning(
            "backups", f"There is no backup of this register in {folder}.", "A server makes one when it starts."
        )
    elif not due_in(folder, register, _LATE * settings.backup_interval):
        problem = f"The newest backup, {good[0].name}, is older than {_LATE} times {settings.backup_every}."
        yield warning("backups", problem, "Look for `scheduled backup` in the log of a server.")
    else:
        yield ok("backups", f"{counted(len(good), 'valid backup')} in {folder}, the newest is {good[0].name}.")
