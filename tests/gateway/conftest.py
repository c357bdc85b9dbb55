"""Registers for tests of commands."""

import pytest

from tests.gateway.command_line import ACME, KEY, CommandLine, copied, fresh


@pytest.fixture(scope="session")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A register with one company and one key, which nothing may change."""
    made = fresh(tmp_path_factory.mktemp("unchanged"))
    made("bootstrap", *ACME, "--token", KEY)
    return made


@pytest.fixture
def cli(unchanged: CommandLine, tmp_path) -> CommandLine:
    """A register with one company and one key."""
    return copied(unchanged, tmp_path)
