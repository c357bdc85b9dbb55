"""Errors of commands: one sentence for the user, with advice if there is any, and exit code 1.

Nothing here needs a database, whose library some commands have no use for. `gateway.cli.session` adds its errors.
"""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from core.errors import NotFound, RegisterError, Rejected
from core.operations.outputs import NotWritten
from schemas.errors import in_words

_OF_FILES = {
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM), "this user may not write there; change the permissions, or choose another place"
    ),
    errno.EROFS: "the disk is read-only; choose a place on another disk",
    errno.ENOENT: "it cannot be created there; choose another place",
    errno.ENOSPC: "no space is left on the disk",
}


class CommandError(Exception):
    """A command cannot be done; the text is for the user."""


def say(sentence: str) -> None:
    """Print a message on standard error, which leaves standard output to the result."""
    typer.echo(sentence, err=True)


@contextmanager
def refusals() -> Iterator[None]:
    """Print an expected error as one sentence and exit with code 1."""
    try:
        yield
    except BrokenPipeError:
        raise  # the reader of the output is gone, which `gateway.cli.commands` handles
    except (CommandError, RegisterError, OSError) as error:
        say(f"Error: {_sentence(error)}")
        raise typer.Exit(1) from error


def _sentence(error: Exception) -> str:
    """Return an error as a sentence, with the names of files."""
    if isinstance(error, Rejected):
        return " ".join(in_words(problem) for problem in error.problems)
    if isinstance(error, NotFound):
        return f"There is no such {error.noun}."
    if isinstance(error, OSError):
        return f"{of_file(error)}."
    text = str(error).rstrip(".")
    text += "" if text.endswith("?") else "."
    return text if isinstance(error, NotWritten) or _starts_with_name(text) else text[:1].upper() + text[1:]


def _starts_with_name(text: str) -> bool:
    word = re.split(r"[ ,;:]", text, maxsplit=1)[0]
    return not re.fullmatch(r"[a-z]+", word) or Path(word).exists()


def of_file(error: OSError) -> str:
    """Return what is wrong with a file or folder, without a full stop."""
    if not error.filename:
        reason = error.strerror or str(error).rstrip(".")
        return f"{reason}; move it away, or name another place" if isinstance(error, NotADirectoryError) else reason
    path = Path(str(error.filename))
    blocking = next((each for each in path.parents if each.exists() and not each.is_dir()), None)
    if blocking is not None:
        return f"{path} cannot be created: {blocking} is a file; move it away, or name another place"
    return f"{path}: {_OF_FILES.get(error.errno or 0) or (error.strerror or str(error)).lower()}"
