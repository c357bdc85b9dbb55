"""A gateway that is restarted behind a proxy, and connections that a proxy keeps open for long."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.gateway.command_line import KEY, new_acme
from tests.process import GatewayProcess
from tests.proxies.conftest import PROXIES
from tests.register.arranging import eventually

HEADERS = {"X-API-TOKEN": KEY}
TOKEN = "the-token-for-the-metrics"


@pytest.fixture
def gateway(folder: Path) -> Iterator[GatewayProcess]:
    cli = new_acme(folder)
    with GatewayProcess(cli.database_url, folder, public_url="https://crm.example", metrics_token=TOKEN) as running:
        yield running


def is_serving_an_upload(gateway: GatewayProcess) -> bool:
    shown = httpx.get(f"{gateway.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    return "gateway_requests_in_flight 2.0" in shown  # it, and the one for the metrics


@pytest.mark.parametrize("kind", ["nginx-keepalive", "nginx-unbuffered", "haproxy", "caddy"])
def test_requests_in_progress_are_finished_and_the_next_gateway_takes_over(gateway, kind):
    with PROXIES[kind](gateway.url) as proxy, httpx.Client(base_url=proxy.url, headers=HEADERS, timeout=60) as http:
        client = http.post("/api/v1/clients").json()["data"]["id"]
        with ThreadPoolExecutor(1) as pool:
            may_end = threading.Event()
            upload = pool.submit(slowly_uploaded, f"{proxy.url}/api/v1/clients/{client}/upload", may_end)
            if kind != "nginx-keepalive":  # which passes a body on when it has all of it
                assert eventually(lambda: is_serving_an_upload(gateway))
                gateway.terminate()
            time.sleep(0.5)  # it stops, or the proxy waits
            may_end.set()
            assert upload.result().status_code == 200
        gateway.terminate()
        assert gateway.wait() == 0
        gateway.start()
        # The proxy's pool has connections of the gateway before; none may be used for what cannot be sent again.
        made = [http.post("/api/v1/clients", json={"name": f"Client {n}"}) for n in range(4)]
        assert [each.status_code for each in made] == [200] * 4
        assert len(http.get("/api/v1/clients").json()["data"]) == 5


def slowly_uploaded(url: str, may_end: threading.Event) -> httpx.Response:
    """Send an upload that is not complete before it may end."""
    mark = "mark"
    head = f'--{mark}\r\nContent-Disposition: form-data; name="documents[]"; filename="slow.bin"\r\n\r\n'.encode()
    tail = f'\r\n--{mark}\r\nContent-Disposition: form-data; name="_method"\r\n\r\nPUT\r\n--{mark}--\r\n'.encode()

    def parts() -> Iterator[bytes]:
        yield head
        for _ in range(10):
            yield b"x" * 10_000
            time.sleep(0.02)
        may_end.wait(60)
        yield tail

    size = {"Content-Length": str(len(head) + 100_000 + len(tail))}
    kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    return httpx.post(url, content=parts(), headers=HEADERS | size | kind, timeout=60)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_idle_connection_outlives_a_pause_between_requests(folder, workers):
    cli = new_acme(folder)
    with GatewayProcess(cli.database_url, folder, workers=workers) as running:
        request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        with socket.create_connection(("127.0.0.1", running.port)) as idle:
            for _ in range(2):
                idle.sendall(request)
                assert idle.recv(1000).startswith(b"HTTP/1.1 200")
                time.sleep(6)  # longer than uvicorn's own 5 seconds


@pytest.mark.parametrize(
    ("settings", "limited"),
    [
        ({}, False),
        ({"public_url": "https://crm.example"}, True),
        ({"public_url": "http://127.0.0.1:1"}, False),
        ({"public_url": "https://crm.example", "rate_limit": 0}, False),
    ],
)
def test_requests_are_limited_where_others_reach_the_gateway_through_a_proxy(folder, settings, limited):
    cli = new_acme(folder)
    with GatewayProcess(cli.database_url, folder, **settings) as running:
        answer = httpx.get(f"{running.url}/api/v1/clients", headers=HEADERS)
        assert answer.status_code == 200
        assert ("x-ratelimit-limit" in answer.headers) is limited
