"""A second gateway, with other settings, on a copy of a temporary register that others use at the same time."""

import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace

from gateway.contract.oracles.api import Api
from gateway.contract.oracles.scene import Scene

_START_TIMEOUT_SECONDS = 120
_DELIVERING = {
    "GATEWAY_WEBHOOK_DELIVERY": "true",
    "GATEWAY_WEBHOOK_ALLOW": "127.0.0.1",
    "GATEWAY_WEBHOOK_RETRY_SECONDS": "0.1",
    "GATEWAY_HOUSEKEEPING_SECONDS": "0.1",
}


@contextmanager
def copied(file: str) -> Iterator[str]:
    """Yield the file of a copy of a register."""
    with tempfile.TemporaryDirectory(prefix="gateway-contract-") as folder:
        copy = f"{folder}/register.db"
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        yield copy


@contextmanager
def served(file: str, environment: Mapping[str, str]) -> Iterator[str]:
    """Serve a register with these settings until the block ends, and yield the URL. Raises `OSError`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {**environment, "GATEWAY_DATABASE_URL": f"sqlite:///{file}"}
    command = [sys.executable, "-m", "gateway", "serve", "--port", str(port), "--no-access-log"]
    server = subprocess.Popen(  # noqa: S603 (ourselves)
        command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_up(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _wait_until_up(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_TIMEOUT_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.1)
    raise OSError("the second gateway did not start")


@contextmanager
def delivering_gateway(scene: Scene) -> Iterator[Scene | None]:
    """Yield the same register, but with no webhooks and served by a gateway that sends messages to this machine.

    The addresses of other webhooks are random and may exist, so the register is a copy. None if it cannot be copied.
    """
    file = scene.environment.get("GATEWAY_DATABASE_URL", "").removeprefix("sqlite:///")
    if scene.delivers:
        yield scene
    elif os.path.exists(file):
        with copied(file) as copy:
            with closing(sqlite3.connect(copy)) as register, register:
                register.execute("DELETE FROM webhook_deliveries")
                register.execute("DELETE FROM webhooks")
            storage = {"GATEWAY_STORAGE_URL": f"{copy}.documents"}
            environment = {**scene.environment, **storage, "GATEWAY_DATABASE_URL": f"sqlite:///{copy}"}
            with served(copy, environment | _DELIVERING) as url:
                yield replace(_moved(scene, url), environment=environment)
    else:
        scene.not_reached("webhooks: the register is not a local SQLite file")
        yield None


def _moved(scene: Scene, url: str) -> Scene:
    def there(apis: Mapping[str, Api]) -> dict[str, Api]:
        return {name: replace(api, url=url) for name, api in apis.items()}

    return replace(scene, apis=there(scene.apis), others=there(scene.others) if scene.others else None)
