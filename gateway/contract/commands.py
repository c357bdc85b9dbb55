"""Commands of ours, run within this process: each one's start would take longer than what it does."""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout


def printed(environment: Mapping[str, str], *words: str) -> str:
    """What a command of `gateway` prints, run with these environment variables alone. Raises `OSError`."""
    # Imported late: who only examines a deployment needs no command line.
    from gateway.cli.commands import app

    with _only(environment), redirect_stdout(io.StringIO()) as said:
        status = app(words)(list(words), prog_name="gateway", standalone_mode=False)
    if status:
        raise OSError(f"gateway {' '.join(words)} ended with {status}")
    return said.getvalue().strip()


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
