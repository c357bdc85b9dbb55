"""Registers for tests of commands."""

import pytest

from tests.gateway.command_line import CommandLine, new_acme


@pytest.fixture(scope="session")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A register with one company and one key, which tests must not change."""
    return new_acme(tmp_path_factory.mktemp("unchanged"))


@pytest.fixture
def cli(tmp_path) -> CommandLine:
    """A register with one company and one key."""
    return new_acme(tmp_path)
