"""A new program takes over from the running one, and no caller notices."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import psutil
import pytest

from gateway.server.graceful import GRACE_SECONDS
from tests.gateway.command_line import KEY, new_acme
from tests.process import GatewayProcess
from tests.proxies.test_restart import slowly_uploaded
from tests.releases import Releases
from tests.traffic import Traffic

HEADERS = {"X-API-TOKEN": KEY}
TAKEN = "the new program serves"


@pytest.fixture(params=[1, 2], ids=["one process", "two workers"])
def served(request, tmp_path) -> Iterator[tuple[GatewayProcess, Releases]]:
    cli, releases = new_acme(tmp_path), Releases(tmp_path)
    releases.install("first")
    with GatewayProcess(
        cli.database_url, tmp_path, request.param, program=releases.current, log_format="text"
    ) as running:
        yield running, releases


def release(running: GatewayProcess) -> str:
    return str(httpx.get(f"{running.url}/healthz", timeout=30).json()["release"])


def hand_over(running: GatewayProcess, wanted: str) -> None:
    """Make the installed program take over, and wait until it has."""
    before = running.log.read_text().count(TAKEN)
    running.main.send_signal(signal.SIGHUP)
    wait_for(lambda: running.log.read_text().count(TAKEN) > before, running)
    wait_for(lambda: release(running) == wanted, running)


def wait_for(condition, running: GatewayProcess, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, running.log.read_text()[-4000:]
        time.sleep(0.05)


def test_no_request_fails_while_new_programs_take_over_one_after_the_other(served):
    running, releases = served
    main, traffic = running.main.pid, Traffic(running.port, KEY)
    client = httpx.post(f"{running.url}/api/v1/clients", headers=HEADERS).json()["data"]["id"]
    with traffic.flowing(), ThreadPoolExecutor(1) as pool:
        for name in ("second", "third", "fourth"):
            may_end = threading.Event()
            upload = pool.submit(slowly_uploaded, f"{running.url}/api/v1/clients/{client}/upload", may_end)
            releases.install(name)
            hand_over(running, name)
            may_end.set()
            assert upload.result().status_code == 200
        wait_for(lambda: traffic.statuses.total() > 500, running)
    assert traffic.failures == []
    assert set(traffic.statuses) == {200, 201}
    assert running.main.pid == main
    wait_for(lambda: len(running.main.children()) == running.workers, running)
    assert {release(running) for _ in range(10)} == {"fourth"}
    running.terminate()
    assert running.wait() == 0


BROKEN = {
    "a file that cannot be read": ("cli/serve.py", "import os\n", "import os os\n", "SyntaxError"),
    "a check that fails": (
        "settings.py",
        'pattern=_VISIBLE, description="B',
        'default_factory=1, description="B',
        "Error",
    ),
    "workers that do not start": (
        "server/worker.py",
        "    listeners =",
        "    raise SystemExit(7)\n    listeners =",
        "status 7",
    ),
}


@pytest.mark.parametrize("served", [1], indirect=True)
@pytest.mark.parametrize("case", BROKEN)
def test_a_new_program_that_fails_to_start_leaves_the_old_one_serving_and_is_logged(served, case):
    running, releases = served
    file, old, new, why = BROKEN[case]
    releases.install("broken", file, old, new)
    traffic = Traffic(running.port, KEY)
    with traffic.flowing():
        running.main.send_signal(signal.SIGHUP)
        wait_for(lambda: "the new program did not start" in running.log.read_text(), running)
    assert traffic.failures == []
    assert why in running.log.read_text()
    assert release(running) == "first"
    releases.install("mended")
    hand_over(running, "mended")


@pytest.mark.parametrize("served", [2], indirect=True)
def test_a_worker_that_dies_or_does_not_answer_is_replaced(served):
    running, _ = served
    wait_for(lambda: running.log.read_text().count("startup complete") == 2, running)
    killed, stopped = (worker.pid for worker in running.working)
    psutil.Process(killed).kill()
    psutil.Process(stopped).suspend()
    wait_for(lambda: not {killed, stopped} & {worker.pid for worker in running.working}, running)
    running.wait_until_ready()


@pytest.mark.parametrize("served", [1], indirect=True)
def test_workers_end_with_their_supervisor(served):
    running, releases = served
    releases.install("second")
    hand_over(running, "second")
    workers = running.working
    running.main.kill()
    assert psutil.wait_procs(workers, 60)[1] == []


@pytest.mark.parametrize("served", [2], indirect=True)
def test_an_idle_connection_is_answered_once_more_and_does_not_keep_the_old_program(served):
    running, releases = served
    old = running.working
    assert all(map(listens, old))
    with (
        closing(http.client.HTTPConnection("127.0.0.1", running.port)) as used,
        closing(http.client.HTTPConnection("127.0.0.1", running.port)) as unused,
    ):
        for each in (used, unused):
            each.request("GET", "/healthz")
            each.getresponse().read()
        releases.install("second")
        hand_over(running, "second")
        wait_for(lambda: not any(map(listens, old)), running)  # what the old processes answer from now on is the last
        began = time.monotonic()
        used.request("GET", "/healthz")
        answer = used.getresponse()
        assert (json.load(answer)["release"], answer.headers["Connection"]) == ("first", "close")
        wait_for(lambda: unused.sock.recv(1) == b"", running)
        assert time.monotonic() - began < GRACE_SECONDS + 40  # and not when an idle connection ends anyhow
    assert psutil.wait_procs(old, 60)[1] == []


def listens(process: psutil.Process) -> bool:
    return any(each.status == psutil.CONN_LISTEN for each in process.net_connections("tcp"))


def test_connections_to_an_inherited_socket_wait_while_the_gateway_is_restarted(tmp_path):
    cli = new_acme(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as held:
        url = f"http://127.0.0.1:{held.getsockname()[1]}/api/v1/clients"
        for _ in range(2):
            with ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(httpx.get, url, headers=HEADERS, timeout=60)
                process = subprocess.Popen(
                    [sys.executable, "-c", ACTIVATED, str(held.fileno())],
                    env=os.environ | cli.settings,
                    pass_fds=[held.fileno()],
                    stderr=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
                assert waiting.result().status_code == 200
            process.terminate()
            assert process.wait(60) == 0


# What systemd does for a service with a socket: sd_listen_fds(3).
ACTIVATED = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, "-m", "gateway", "serve"])
"""
