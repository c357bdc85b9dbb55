"""The part of `gateway contract` that verifies the expectations of integrations."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import typer

from gateway.cli.errors import CommandError, say
from gateway.consumers.caller import Caller
from gateway.consumers.files import UnusableFile, expectations, is_har, own_states
from gateway.consumers.pacts import verify_pact
from gateway.consumers.remote_states import RemoteStates
from gateway.consumers.replaying import verify_archive
from gateway.consumers.verdicts import Verdict, passed, summary
from gateway.contract.processes import Processes
from gateway.contract.target import Target
from gateway.mock.register import EMPTY_KEY, KEY, OTHER_KEY, PASSWORD


@dataclass(frozen=True)
class Consumers:
    """What to verify: files, the dialect of paths without a prefix, and how provider states are set up."""

    files: list[Path]
    dialect: str | None = None
    states: Path | None = None
    state_url: str | None = None


def verified(consumers: Consumers, target: Target | None, write: bool) -> bool:
    """Verify expectations against a deployment, or a mock of our own, and report. Raises `CommandError`, `OSError`.

    Returns whether all passed.
    """
    if consumers.state_url and target is not None and not write:
        raise CommandError("--state-url changes the deployment, which requires --write")
    try:
        contents = {file: expectations(file) for file in consumers.files}
        own = own_states(consumers.states) if consumers.states else {}
    except UnusableFile as error:
        raise CommandError(str(error)) from error
    remote = RemoteStates(consumers.state_url) if consumers.state_url else None
    verdicts: list[Verdict] = []
    with _caller(target, write) as caller, caller.http:
        for file, content in contents.items():
            if is_har(content):
                found = verify_archive(content, file.name, caller)
            else:
                found = verify_pact(content, caller, consumers.dialect, own, remote)
            try:
                verdicts += _shown(found, caller)
            except httpx.HTTPError as error:
                raise CommandError(f"{caller.url} cannot be reached: {error}") from error
    say(summary(verdicts) if verdicts else "The files contain no request to either dialect.")
    return passed(verdicts)


def _shown(found: Iterator[Verdict], caller: Caller) -> Iterator[Verdict]:
    secrets = [each for each in (caller.token, caller.other_token, caller.password) if each and not caller.resets]
    for verdict in found:
        for line in verdict.lines():
            for secret in secrets:
                line = line.replace(secret, "[Filtered]")
            typer.echo(line)
        yield verdict


@contextmanager
def _caller(target: Target | None, write: bool) -> Iterator[Caller]:
    if target is not None:
        yield Caller(target.url, target.token, target.other_token, None, target.password, writes=write)
        return
    with Processes() as processes:
        mock = processes.start("gateway", "mock", "--port", "0", output=subprocess.PIPE, errors=subprocess.DEVNULL)
        assert mock.stdout is not None
        with mock.stdout as printed:
            url = printed.readline().strip()
        if not url:
            raise OSError("the temporary gateway did not start")
        yield Caller(url, KEY, OTHER_KEY, EMPTY_KEY, PASSWORD, writes=True, resets=True)
