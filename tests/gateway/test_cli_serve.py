"""The program as users start it: processes, sockets and signals."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.faults.outages import until
from tests.gateway.command_line import ACME, KEY, CommandLine, fresh, new_acme
from tests.server import free_port


@contextmanager
def started(cli: CommandLine, *arguments: object, **settings: Any) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `gateway serve` until the block ends. Yield it once it answers, with its URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = cli.start("serve", "--port", port, *arguments, **settings)
    try:
        _wait_until_healthy(process, url)
        yield process, url
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=60)


def _wait_until_healthy(process: subprocess.Popen[str], url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, process.communicate()
        try:
            if httpx.get(f"{url}/healthz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server did not come up")


def answers(url: str, key: str = KEY) -> tuple[int, int]:
    """Return the statuses of a list in /api and in /api/v1."""
    return (
        httpx.get(f"{url}/api/clients", headers={"Authorization": f"Bearer {key}"}, timeout=30).status_code,
        httpx.get(f"{url}/api/v1/clients", headers={"X-API-TOKEN": key}, timeout=30).status_code,
    )


@pytest.mark.parametrize(
    ("arguments", "public_url"),
    [
        ((), ""),
        (("--workers", 2, "--host", "0.0.0.0", "--no-access-log"), "https://crm.example/"),
    ],
    ids=["one process", "two workers"],
)
def test_serve_answers_both_dialects_until_the_key_is_revoked_and_stops_on_sigterm(tmp_path, arguments, public_url):
    cli = fresh(tmp_path)
    with started(cli, *arguments, popen=subprocess.Popen, GATEWAY_PUBLIC_URL=public_url) as (process, url):
        cli("bootstrap", *ACME, "--token", KEY)
        assert link_to_next_page(url).startswith(f"{public_url.rstrip('/') or url}/api/v1/clients?")
        assert answers(url) == (200, 200)
        cli("token", "revoke", 1)
        assert {answers(url) for _ in range(8)} == {(401, 403)}
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert f"Serving /api (Authorization: Bearer KEY) and /api/v1 (X-API-TOKEN: KEY) at {url}\n" in err
    lines = [json.loads(line) for line in out.splitlines()]
    logged = [(line["dialect"], line["route"], line["status"], line["key"]) for line in lines]
    assert (("v1", "/api/v1/clients", 200, "bootstrap") in logged) == ("--no-access-log" not in arguments)
    assert "Traceback" not in err


def test_a_request_that_waits_for_a_change_does_not_keep_a_server_from_stopping(tmp_path):
    cli = new_acme(tmp_path)
    with started(cli, GATEWAY_METRICS_TOKEN=KEY) as (process, url), ThreadPoolExecutor(1) as pool:
        asked = {"url": f"{url}/api/v1/changes?wait=30", "headers": {"X-API-TOKEN": KEY}, "timeout": 60}
        waiting = pool.submit(httpx.get, **asked)
        until(lambda: "gateway_requests_in_flight 2.0\n" in metrics(url))  # that request and this one
        process.send_signal(signal.SIGTERM)
        _out, err = process.communicate(timeout=25)  # it ends before the request would
        assert waiting.result(30).json()["data"] == []
    assert (process.returncode, "the server stopped before" in err) == (0, False)


def metrics(url: str) -> str:
    return httpx.get(f"{url}/metrics", headers={"Authorization": f"Bearer {KEY}"}, timeout=30).text


def link_to_next_page(url: str) -> str:
    """Return the link in the first of two pages of clients."""
    with httpx.Client(base_url=f"{url}/api/v1", headers={"X-API-TOKEN": KEY}, timeout=30) as v1:
        for _ in range(2):
            made = v1.post("/clients")
        assert "server" not in made.headers
        return v1.get("/clients?per_page=1").json()["meta"]["pagination"]["links"]["next"]


def test_a_port_in_use_is_reported_without_a_traceback(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = fresh(tmp_path).start("serve", "--port", taken.getsockname()[1])
        _out, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "address already in use" in err
    assert "Traceback" not in err


def test_a_demo_whose_port_is_in_use_prints_no_key_and_suggests_another_port(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = fresh(tmp_path).start("demo", "--port", port)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err.startswith(f"Error: Port {port} cannot be used (address already in use); ")
    assert "make run PORT=8080" in err
    assert "curl" not in err


def test_concurrent_bootstraps_agree(new_database, tmp_path):
    cli = CommandLine(new_database("postgresql"), tmp_path)
    runs = [cli.start("bootstrap", *ACME, "--token", KEY) for _ in range(3)]
    said = [(run.communicate(timeout=300), run.returncode) for run in runs]
    assert [(out, code) for (out, _err), code in said] == [(f"{KEY}\n", 0)] * 3, said
    assert len(cli.listed("token", "list")) == 1
