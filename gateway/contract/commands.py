"""Commands of `gateway`, run within this process, because starting a process for each would take longer."""

import io
import os
import runpy
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout


def printed(environment: Mapping[str, str], *words: str) -> str:
    """Return what a command of `gateway` prints, run with only these environment variables. Raises `OSError`."""
    with _only(environment), redirect_stdout(io.StringIO()) as output:
        status = _run(words)
    if status:
        raise OSError(f"gateway {' '.join(words)} ended with {status}")
    return output.getvalue().strip()


def _run(words: Sequence[str]) -> object:
    before, sys.argv = sys.argv, ["gateway", *words]
    try:
        runpy.run_module("gateway.__main__", run_name="__main__")
    except SystemExit as ended:
        return ended.code
    finally:
        sys.argv = before
    return None


@contextmanager
def _only(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
