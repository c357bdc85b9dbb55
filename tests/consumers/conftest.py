"""A mock of both dialects in a separate process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway.command_line import fresh


@contextmanager
def mock(*arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[tuple[str, subprocess.Popen]]:
    """Run `gateway mock` on a free port until the block ends. Yield its URL, once it listens, and its process."""
    command = [sys.executable, "-m", "gateway", "mock", *arguments, "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ | (environment or {})
    )
    try:
        yield process.stdout.readline().strip(), process
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


@pytest.fixture(scope="session")
def mock_url() -> Iterator[str]:
    """The URL of a mock that all tests share; a test that changes something resets it first."""
    with mock() as (url, _):
        httpx.get(f"{url}/healthz", timeout=60)
        yield url


@pytest.fixture
def fresh_mock_url(mock_url) -> str:
    """The URL of a mock that was just reset."""
    assert httpx.post(f"{mock_url}/_reset", timeout=60).status_code == 204
    return mock_url


def verified(folder: Path, content: Any, *arguments: object) -> Any:
    """Run `gateway contract --consumer` on a file with this content."""
    file = folder / "expectations.json"
    file.write_text(json.dumps(content))
    return fresh(folder).run("contract", *arguments, "--consumer", file)
