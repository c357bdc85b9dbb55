"""Work is bounded: large uploads need little memory, and a stop waits for requests in progress.

`make torture` sends files of 100 MB; GATEWAY_TORTURE_UPLOAD_MB says how large.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import closing

import httpx
import psutil
import pytest

from tests.drivers import Company, new_company
from tests.faults.outages import documents_of
from tests.process import GatewayProcess

MB = 1024 * 1024
SIZE = int(os.environ.get("GATEWAY_TORTURE_UPLOAD_MB", "16")) * MB
AT_ONCE = 10
GROWTH = 160 * MB  # far less than all uploads of `make torture` together
HEADERS = {"Content-Type": "multipart/form-data; boundary=x"}
HEAD = b'--x\r\nContent-Disposition: form-data; name="documents[]"; filename="a.bin"\r\n\r\n'
TAIL = b"\r\n--x--\r\n"


@pytest.fixture
def process(new_register, tmp_path) -> Iterator[GatewayProcess]:
    with GatewayProcess(new_register("sqlite"), tmp_path) as running:
        yield running


def large_body(size: int) -> Iterator[bytes]:
    """A file that is generated while it is sent, so that the test needs no memory for it."""
    yield HEAD
    for _ in range(size // MB):
        yield os.urandom(64) * (MB // 64)
    yield TAIL


class PeakMemory:
    """Measures the most memory that a process uses while the block runs, in bytes."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self.before = self.peak = self._process.memory_info().rss
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.01):
            self.peak = max(self.peak, self._process.memory_info().rss)


def test_ten_large_uploads_at_once_need_little_memory(process, capsys):
    with process.served() as server, closing(new_company(server)) as company:
        ids = [company.new_v1()["id"] for _ in range(AT_ONCE)]
        answers: list[httpx.Response] = []

        def send(client_id: str) -> None:
            answers.append(
                httpx.put(
                    f"{server.url}/api/v1/clients/{client_id}/upload",
                    content=large_body(SIZE),
                    headers=HEADERS | {"X-API-TOKEN": company.key},
                    timeout=300,
                )
            )

        threads = [threading.Thread(target=send, args=(client_id,)) for client_id in ids]
        with PeakMemory(process.main) as memory:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert [answer.status_code for answer in answers] == [200] * AT_ONCE
        sizes = [company.v1_view(client_id)["documents"][0]["size"] for client_id in ids]
    with capsys.disabled():
        grown = (memory.peak - memory.before) / MB
        print(
            f"\n{AT_ONCE} uploads of {SIZE // MB} MiB at once: {memory.before // MB} MiB, at most {grown:.0f} MiB more"
        )
    assert sizes == [SIZE] * AT_ONCE
    assert memory.peak - memory.before < GROWTH


def test_sigterm_lets_an_upload_in_progress_finish_and_accepts_no_new_one(process):
    with process.served() as server, closing(new_company(server)) as company:
        client = company.new_v1()
        with httpx.Client(base_url=f"{server.url}/api/v1", headers={"X-API-TOKEN": company.key}) as http:
            answer = http.put(f"/clients/{client['id']}/upload", content=stopped_halfway(process), headers=HEADERS)
        assert answer.status_code == 200
        assert process.wait() == 0
        company.close()
        process.start()
        with closing(Company(server, company.key, company.name)) as again:
            assert documents_of(again, client["id"]) == [b"x" * MB]


def stopped_halfway(process: GatewayProcess) -> Iterator[bytes]:
    """Yield the body of an upload, and stop the server in the middle of it."""
    yield HEAD + b"x" * (MB // 2)
    for _ in range(2):
        assert process.ready() == 200  # the server reads what has arrived before it answers a later connection
    process.terminate()
    while process.ready() == 200:
        threading.Event().wait(0.02)
    yield b"x" * (MB // 2) + TAIL
