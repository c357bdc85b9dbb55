"""The command line as tests run it: in this process, or as the program that a user starts."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from typer.main import get_command
from typer.testing import CliRunner, Result

from gateway.cli.commands import app, whole
from tests.forking import PROGRAM, ForkedPopen

ACME = ("--company", "Acme", "--email", "team@acme.example", "--password", "Secret123")
KEY = "an-Acme-key"


@dataclass(frozen=True)
class CommandLine:
    """The command line over one register."""

    database_url: str
    folder: Path

    @property
    def settings(self) -> dict[str, str]:
        """The environment variables that every command gets."""
        return {"GATEWAY_DATABASE_URL": self.database_url, "GATEWAY_STORAGE_URL": str(self.folder / "documents")}

    def run(self, *arguments: object, **settings: str) -> Result:
        """Run a command in this process, and return its result."""
        env, named = self.settings | settings, [str(each) for each in arguments]
        result = CliRunner().invoke(app(named), named, env=env, prog_name="gateway")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def __call__(self, *arguments: object, **settings: str) -> str:
        """What a command prints, without the last line end. The command must succeed."""
        result = self.run(*arguments, **settings)
        assert result.exit_code == 0, result.output
        return result.stdout.removesuffix("\n")

    def listed(self, *arguments: object) -> list[dict[str, Any]]:
        """What a list command prints as JSON."""
        return json.loads(self(*arguments, "--json"))

    def start(
        self, *arguments: object, stdout: Any = subprocess.PIPE, popen: Any = ForkedPopen, **settings: str
    ) -> subprocess.Popen[str]:
        """Start a command as a process of its own; with `subprocess.Popen` exactly as a user does."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
        return popen(
            [*PROGRAM, *map(str, arguments)],
            env=inherited | self.settings | settings,
            stdout=stdout,
            stderr=subprocess.PIPE,
            pipesize=1 << 20,  # what a server logs before somebody reads it must fit, or it waits
            text=True,
        )


def fresh(folder: Path) -> CommandLine:
    """The command line over a new SQLite register."""
    return CommandLine(f"sqlite:///{folder / 'register.db'}", folder)


def copied(original: CommandLine, folder: Path) -> CommandLine:
    """The command line over a copy of a SQLite register that no process has open."""
    copy = fresh(folder)
    shutil.copy(original.folder / "register.db", folder)
    return copy


def new_acme(folder: Path, key: str = KEY) -> CommandLine:
    """The command line over a new SQLite register with the company Acme, its team user and a key.

    It is a copy of one that is created once, because all migrations take ten times as long.
    """
    return copied(_original(key)[0], folder)


@cache
def _original(key: str) -> tuple[CommandLine, TemporaryDirectory[str]]:
    place = TemporaryDirectory(prefix="acme-")  # until the tests end
    made = fresh(Path(place.name))
    made("bootstrap", *ACME, "--token", key)
    return made, place


@cache
def every_command() -> tuple[tuple[str, ...], ...]:
    """Every command of the program as its words: `("token", "list")`."""

    def walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        children = getattr(command, "commands", {})
        if not children:
            yield words
        for name, child in children.items():
            yield from walk(child, (*words, name))

    return tuple(walk(get_command(whole()), ()))
