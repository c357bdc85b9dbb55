"""Error messages for the user in one sentence, with advice if there is any."""

import errno
import re
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from core.database.database import Database
from core.database.unreachable import why_not_connected, why_not_opened
from core.errors import NotFound, Rejected
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


def sentence(error: Exception) -> str:
    """Return an error as a sentence, with the names of files, but without the values of SQL statements."""
    if isinstance(error, Rejected):
        return " ".join(in_words(problem) for problem in error.problems)
    if isinstance(error, NotFound):
        return f"There is no such {error.noun}."
    if isinstance(error, DBAPIError):
        # The whole message would show the statement's values, password hashes among them.
        return f"The database refuses: {str(error.orig).splitlines()[0]}."
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


def why_not_open(database: Database, error: Exception) -> str | None:
    """Return why a database cannot be opened, and what to do; None if the error is of another kind."""
    return why_not_opened(database.file) if database.is_sqlite else why_not_connected(error)
