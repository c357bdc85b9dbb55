"""The one sentence with which a refused command ends."""

from tests.gateway.command_line import CommandLine

SECRET = "hunter2"


def refusal(cli: CommandLine, *words: object, status: int = 1, **settings: str) -> str:
    """Return the one sentence with which a command ends, which must not contain `SECRET`."""
    result = cli.run(*words, **settings)
    assert (result.exit_code, result.stdout) == (status, ""), result.output
    assert result.stderr.startswith("Error: ")
    assert result.stderr.endswith(".\n")
    assert result.stderr.count("\n") == 1, result.stderr
    assert SECRET not in result.stderr
    return result.stderr.removeprefix("Error: ")
