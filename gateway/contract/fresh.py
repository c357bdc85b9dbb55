"""A gateway of our own on a fresh database, stocked with what the documents' examples name."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from gateway.contract.stock import stock
from gateway.contract.target import Target

PASSWORD = "Contract-Password-1"  # noqa: S105 (of a register that lives as long as the proof)
_PATIENCE_SECONDS = 30


@contextmanager
def fresh_gateway(log: Path) -> Iterator[Target]:
    """Serve an empty register with two stocked companies until the block ends; what the server says goes to `log`."""
    with tempfile.TemporaryDirectory(prefix="gateway-contract-") as folder:
        url = f"http://127.0.0.1:{_free_port()}"
        settings = {
            "GATEWAY_DATABASE_URL": f"sqlite:///{folder}/register.db",
            "GATEWAY_STORAGE_URL": f"{folder}/documents",
            "GATEWAY_PUBLIC_URL": url,
        }
        token, other = (_bootstrap(settings, name) for name in ("Contract Company", "Another Company"))
        with log.open("w") as sink, _serving(url, settings, sink.fileno()):
            stock(url, token, clients=12)
            stock(url, other, clients=3)
            yield Target(url, token, other, PASSWORD)


def _bootstrap(settings: dict[str, str], company: str) -> str:
    given = ("--company", company, "--email", "team@contract.example", "--password", PASSWORD)
    token = _gateway(settings, "bootstrap", *given)
    _gateway(settings, "categories", "add", "Wholesale", "--company", company)
    return token


def _gateway(settings: dict[str, str], *arguments: str) -> str:
    """What a command of ours prints. A process of its own, because settings are environment variables."""
    command = [sys.executable, "-m", "gateway", *arguments]
    done = subprocess.run(command, env=_environment(settings), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise OSError(done.stderr.strip())
    return done.stdout.strip()


def _environment(settings: dict[str, str]) -> dict[str, str]:
    # Settings of the installation at hand are no part of the proof.
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")} | settings


@contextmanager
def _serving(url: str, settings: dict[str, str], log: int) -> Iterator[None]:
    command = [sys.executable, "-m", "gateway", "serve", "--port", url.rpartition(":")[2], "--no-access-log"]
    server = subprocess.Popen(command, env=_environment(settings), stdout=log, stderr=log)  # noqa: S603 (ourselves)
    try:
        _wait_until_up(url, server)
        yield
    finally:
        server.terminate()
        server.wait(30)


def _wait_until_up(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(f"{url}/healthz", timeout=1):  # noqa: S310 (our own address)
                return
        except OSError:
            time.sleep(0.1)
    raise OSError("the fresh gateway did not come up")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
