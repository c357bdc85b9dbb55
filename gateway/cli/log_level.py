"""`gateway log-level`: the log level of running servers."""

from enum import StrEnum
from typing import Annotated

import typer

from core.operations import controls
from core.text.clock import in_words
from gateway.cli import times
from gateway.cli.errors import say
from gateway.cli.session import read, write


class Level(StrEnum):
    """The lowest level that is logged; `default` is that of each server's own settings."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    DEFAULT = "default"


def log_level(
    level: Annotated[
        Level | None, typer.Argument(help="The new level; without one, the present one is printed.")
    ] = None,
    lasting: Annotated[
        int | None,
        typer.Option("--for", parser=times.duration, metavar="DURATION", help="For how long: 30m, 12h, 7d."),
    ] = None,
) -> None:
    """Change the log level of every running server of the register within two seconds, without a restart.

    It applies to all workers of all instances, also to those that start later, until it is set to `default`: then
    GATEWAY_LOG_LEVEL of each server applies again.

    \b
    Examples:
      gateway log-level debug --for 15m
      gateway log-level default
      gateway log-level
    """
    if level is None:
        _show()
    elif level is Level.DEFAULT:
        write(controls.clear_log_level)
        say("Servers use the log level of their own settings again.")
    else:
        write(lambda connection: controls.set_log_level(connection, level.value, lasting or 0))
        say(f"Servers use the log level {level.value}{_until(read(controls.log_level))}.")


def _show() -> None:
    found = read(controls.log_level)
    typer.echo(found[0] if found else Level.DEFAULT.value)
    if found:
        say(f"Servers use the log level {found[0]}{_until(found)}.")


def _until(found: tuple[str, int] | None) -> str:
    return f" until {in_words(found[1])}" if found and found[1] else ""
