"""A start imports only what the first answers need; the rest is imported when it is used."""

import asyncio
import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.server.lazy import LazyApplication
from tests.gateway.command_line import new_acme
from tests.gateway.test_cli_serve import _wait_until_healthy, answers
from tests.server import free_port, serving

# Each was a part of every start once, or would be a large one.
SPARED = {
    "PostgreSQL": ("sqlalchemy.dialects.postgresql", "psycopg"),
    "migrations": ("alembic",),
    "sending": ("aiosmtplib", "httpx", "standardwebhooks"),
    "watching": ("opentelemetry", "prometheus_client"),
    "uploads": ("imagesize", "xml"),
    "countries": ("pycountry",),
    "pages": ("gateway.pages.bridge", "jinja2"),
    "unused here": ("rich", "sqlalchemy.orm", "websockets", "yaml"),
}


@pytest.fixture(scope="module", params=[1, 2], ids=["one process", "two workers"])
def imported(request, tmp_path_factory) -> set[str]:
    """Return the names of all modules that a server imports until both dialects have answered."""
    folder = tmp_path_factory.mktemp("start")
    cli, told, port = new_acme(folder), folder / "told", free_port()
    environment = os.environ | cli.settings | {"PYTHONPROFILEIMPORTTIME": "1"}
    arguments = ["-m", "gateway", "serve", "--port", str(port), "--workers", str(request.param)]
    with told.open("w") as log:  # it is more than a pipe holds
        process = subprocess.Popen(
            [sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=log, text=True
        )
    try:
        _wait_until_healthy(process, url := f"http://127.0.0.1:{port}")
        assert answers(url) == (200, 200)
        return _names(told)
    finally:
        process.terminate()
        process.wait(60)


def _names(told: Path) -> set[str]:
    lines = [line for line in told.read_text().splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize("part", SPARED)
def test_a_start_imports_no_more_than_its_first_answers_need(imported, part):
    assert "dialects.v1.routes" in imported
    assert {name for name in imported if f"{name}.".startswith(tuple(f"{each}." for each in SPARED[part]))} == set()


def test_imported_objects_are_frozen_for_the_garbage_collector():
    program = """
import gc, sys
import gateway.__main__ as program
looked_through = []
gc.callbacks.append(lambda phase, found: looked_through.append(found["generation"]))
program.sys.argv = ["gateway", "token", "--help"]
try:
    program.main()
finally:
    print(gc.isenabled(), gc.get_freeze_count() > 10_000, 2 in looked_through, file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ended.stderr == "True True False\n"


def test_a_serving_process_collects_garbage_again(new_register, tmp_path):
    gc.disable()  # as in a worker of `gateway serve` while it imports
    try:
        with serving(new_register("sqlite"), tmp_path):
            assert gc.isenabled()
    finally:
        gc.enable()


def test_a_lazy_part_needed_by_two_requests_at_once_is_created_once():
    made = []

    async def part(*_asked: object) -> None:
        made[-1] += 1

    def make():
        made.append(0)
        return part

    async def both() -> None:
        later = LazyApplication(make)
        assert made == []
        await asyncio.gather(*(later({"type": "http"}, None, None) for _ in range(2)))

    asyncio.run(both())
    assert made == [2]
