"""The commands by name. Only the one that is run is imported: importing all takes longer than starting the server."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gateway.cli import completion
from gateway.cli.summaries import SUMMARIES
from gateway.cli.version import installed

_COMMANDS = {
    "bootstrap": "bootstrap:bootstrap",
    "serve": "serve:serve",
    "demo": "demo:demo",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "check": "backup:check",
    "doctor": "doctor:doctor",
    "openapi": "openapi:openapi",
    "contract": "contract:contract",
    "contract-diff": "contract_diff:contract_diff",
    "mock": "mock:mock",
    "validate": "validate:validate",
    "companies": "companies:app",
    "token": "tokens:app",
    "users": "users:app",
    "categories": "categories:app",
    "custom-fields": "custom_fields:app",
    "clients": "clients:app",
    "activities": "activities:activities",
    "webhooks": "webhooks:app",
    "outbox": "outbox:app",
    "tail": "tailing:tail",
    "log-level": "log_level:log_level",
    "usage": "usage:usage",
    "db": "db:app",
    "import": "importing_sheets:app",
    "export": "exporting:app",
    "shadow": "shadowing:shadow",
    "mcp": "mcp:mcp",
    "mirror": "mirroring:mirror",
    "mirror-report": "mirroring:mirror_report",
}

_BROKEN_PIPE_STATUS = 128 + 13  # the status that shells report for SIGPIPE


class _Commands(TyperGroup):
    """All commands; none of them shows a traceback for an error of its output."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command. It ends silently if the reader of its output is gone, as with `| head`."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                if sys.stdout is not None:
                    sys.stdout.flush()
        except BrokenPipeError:
            _drop_output()
            raise typer.Exit(_BROKEN_PIPE_STATUS) from None
        except OSError as error:  # for example a full disk
            _drop_output()
            typer.echo(f"Error: {error.strerror or error}.", err=True)
            raise typer.Exit(1) from error


def _drop_output() -> None:
    # The rest of the output would fail again when the interpreter ends.
    with suppress(OSError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def app(arguments: Sequence[str]) -> typer.Typer:
    """Return the command line with the command that these arguments name, or with the help of all commands."""
    gateway = _without_commands()
    typed = completion.typed(os.environ)
    named = _named(arguments if typed is None else typed[:-1])
    if named is not None:
        _add(gateway, named)
        return gateway
    for name in _COMMANDS:
        gateway.command(name, help=SUMMARIES[name])(_only_named)
    return gateway


def whole() -> typer.Typer:
    """Return the command line with all its commands."""
    gateway = _without_commands()
    for name in _COMMANDS:
        _add(gateway, name)
    return gateway


def _without_commands() -> typer.Typer:
    # Plain help and errors: the same on a terminal, in a log and in a container, and never cut to 80 columns.
    gateway = typer.Typer(cls=_Commands, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    gateway.callback()(_about)
    return gateway


def _add(gateway: typer.Typer, name: str) -> None:
    module, _, member = _COMMANDS[name].partition(":")
    found = getattr(import_module(f"gateway.cli.{module}"), member)
    if isinstance(found, typer.Typer):
        gateway.add_typer(found, name=name)
    else:
        gateway.command(name)(found)


def _named(words: Sequence[str]) -> str | None:
    first = next((word for word in words if not word.startswith("-")), None)
    return first if first in _COMMANDS else None


def _only_named() -> None:
    """Stand in for a command whose name and summary are enough."""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gateway {installed()}")
        raise typer.Exit


def _about(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """One client register, served through two HTTP APIs: /api and /api/v1.

    Start with `gateway bootstrap`, which prints a key, then `gateway serve`. Settings are environment variables,
    among them GATEWAY_DATABASE_URL, GATEWAY_STORAGE_URL and GATEWAY_PUBLIC_URL.
    """
