"""Confirmation before what cannot be undone. Scripts pass `--yes`; with neither that nor a terminal nothing is done."""

import sys
from typing import Annotated

import typer

from core.operations.removal import Counts
from core.text.plural import counted
from gateway.cli.errors import CommandError, say
from gateway.cli.session import refusals

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")]

_PLURALS = {"API key": "API keys"}
_STEP = 1000


def confirm(warning: str, question: str, yes: bool) -> None:
    """Print what is about to happen, and continue if the user confirms it. Exit with status 1 if not."""
    say(warning)
    if yes:
        return
    if not (sys.stdin and sys.stdin.isatty()):
        with refusals():
            raise CommandError("Nothing was done: there is no terminal to ask for confirmation. Add --yes to confirm")
    if not typer.confirm(question, err=True):
        say("Nothing was done.")
        raise typer.Exit(1)


def counts_in_words(counts: Counts) -> str:
    """Return counts in words: `2 clients, 1 document (3 kB) and 1 API key`; `nothing` if all are 0."""
    size = counts.get("bytes", 0)
    parts = [_count_in_words(kind, number, size) for kind, number in counts.items() if number and kind != "bytes"]
    if len(parts) < 2:
        return parts[0] if parts else "nothing"
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _count_in_words(kind: str, number: int, size: int) -> str:
    words = f"{number} {_PLURALS[kind]}" if kind in _PLURALS and number != 1 else counted(number, kind)
    return f"{words} ({in_bytes(size)})" if kind == "document" else words


def in_bytes(size: int) -> str:
    """Return a number of bytes as text for people: `512 bytes`, `3.1 MB`."""
    if size < _STEP:
        return counted(size, "byte")
    amount = float(size)
    for unit in ("kB", "MB", "GB"):
        amount /= _STEP
        if amount < _STEP:
            return f"{amount:.3g} {unit}"
    return f"{amount / _STEP:.3g} TB"
