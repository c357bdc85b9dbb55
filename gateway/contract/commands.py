"""Runs commands of `gateway` on a temporary register in this process: starting one for each would take longer."""

import io
import os
import runpy
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout


@contextmanager
def temporary_register() -> Iterator[None]:
    """Treat the register as one that is deleted after the run: without durable files, and with weak hashes.

    The hundreds of purges and merges of a run would compute hashes for a minute, each in 64 MB, and its thousands of
    commits would wait for the disk for as long.
    """
    from core.database.sqlite import without_durability
    from core.text.secrets import weak_password_hashes

    with weak_password_hashes(), without_durability():
        yield


def printed(environment: Mapping[str, str], *words: str) -> str:
    """Return what a command of `gateway` prints, run with only these environment variables. Raises `OSError`."""
    status: object = None
    with temporary_register(), _started_with(environment, words), redirect_stdout(io.StringIO()) as output:
        try:
            runpy.run_module("gateway.__main__", run_name="__main__")
        except SystemExit as ended:
            status = ended.code
    if status:
        raise OSError(f"gateway {' '.join(words)} ended with {status}")
    return output.getvalue().strip()


@contextmanager
def _started_with(environment: Mapping[str, str], words: tuple[str, ...]) -> Iterator[None]:
    variables, arguments = dict(os.environ), sys.argv
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["gateway", *words]
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(variables)
        sys.argv = arguments
