"""A temporary gateway on a fresh database, filled with the records that the documents' examples name."""

import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO
from urllib.request import Request, urlopen

from gateway.contract.processes import Process, Processes, stop
from gateway.contract.stock import stock
from gateway.contract.target import Target

PASSWORD = "Contract-Password-1"  # noqa: S105 (of a register that lives as long as the proof)
COMPANY = "Contract Company"
_COMPANIES = {COMPANY: 12, "Another Company": 3}  # with so many clients
_START_TIMEOUT_SECONDS = 120  # a busy machine imports slowly

Start = Callable[..., Process]


@contextmanager
def fresh_gateway(log: Path, processes: Processes) -> Iterator[Target]:
    """Serve a new register with two filled companies until the block ends; its output goes to `log`.

    Raises `OSError` if the gateway does not start.
    """
    with tempfile.TemporaryDirectory(prefix="gateway-contract-") as folder:
        url = f"http://127.0.0.1:{_free_port()}"
        settings = {
            "GATEWAY_DATABASE_URL": f"sqlite:///{folder}/register.db",
            "GATEWAY_STORAGE_URL": f"{folder}/documents",
            "GATEWAY_PUBLIC_URL": url,
            "GATEWAY_WEBHOOK_DELIVERY": "false",  # the addresses of the proof's webhooks are random, and may exist
            "TZ": "Asia/Kathmandu",  # 5:45 ahead of UTC, so that every use of the local time shows
        }
        environment = _environment(settings)
        start = partial(processes.start, environment=environment)
        keys = _bootstrapped(start)
        with log.open("x") as sink, _serving(start, url, keys[0], sink):
            for key, clients in zip(keys, _COMPANIES.values(), strict=True):
                stock(url, key, clients)
            key, other = keys
            yield Target(url, key, other, PASSWORD, environment | {"COMPANY": COMPANY})


def _bootstrapped(start: Start) -> list[str]:
    """Return the key of each company. Another process creates them, because settings are environment variables."""
    given = ("--email", "team@contract.example", "--password", PASSWORD)
    commands = [
        words
        for company in _COMPANIES
        for words in (
            ("bootstrap", "--company", company, *given),
            ("categories", "add", "Wholesale", "--company", company),
        )
    ]
    process = start("commands", json.dumps(commands), output=subprocess.PIPE, errors=subprocess.PIPE)
    printed, errors = process.communicate()
    if process.returncode != 0:
        raise OSError(errors.strip() or "the temporary register could not be created")
    keys: list[str] = json.loads(printed)[::2]
    return keys


def _environment(settings: dict[str, str]) -> dict[str, str]:
    # The settings of this installation must not affect the proof.
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")} | settings


@contextmanager
def _serving(start: Start, url: str, token: str, log: IO[str]) -> Iterator[None]:
    server = start("gateway", "serve", "--port", url.rpartition(":")[2], "--no-access-log", output=log)
    try:
        _wait_until_up(url, token, server)
        yield
    finally:
        stop(server)


def _wait_until_up(url: str, token: str, server: Process) -> None:
    # The key is valid only for our register: if another program has taken the port, nothing is written to it.
    request = Request(f"{url}/api/v1/clients", headers={"X-API-TOKEN": token})  # noqa: S310 (our own address)
    deadline = time.monotonic() + _START_TIMEOUT_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(request, timeout=1):  # noqa: S310
                return
        except OSError:
            time.sleep(0.1)
    raise OSError("the temporary gateway did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
