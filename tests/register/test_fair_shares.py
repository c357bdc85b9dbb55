"""A company that floods the gateway does not delay others.

Measured in answers instead of time, so that it holds on any machine.
"""

import asyncio
import re
from functools import partial
from statistics import median
from urllib.parse import urlsplit

import httpx

from dialects.shared.fair_shares import FairShares
from tests.gateway.command_line import CommandLine
from tests.process import GatewayProcess

CONNECTIONS, LOOKS = 16, 60
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


class Flood:
    """Requests on many connections, each sent as soon as the one before it is answered."""

    def __init__(self) -> None:
        self.answers = 0
        self.goes_on = True

    async def run(self, url: str, request: bytes) -> None:
        asked = Asked(url)
        while self.goes_on:
            await asked.answer(request)
            self.answers += 1
        asked.close()


class Asked:
    """A connection that is kept."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._streams = None

    async def answer(self, request: bytes) -> bytes:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._url.hostname, self._url.port)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(int(_LENGTH.search(head)[1]))
        assert head.startswith(b"HTTP/1.1 2"), head + body
        return body

    def close(self) -> None:
        self._streams[1].close()


def get(path: str, key: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode()


async def overtaken(url: str, flood_with: bytes, page: bytes) -> list[int]:
    """How many answers the flood had while each page was waited for."""
    flood, asked, found = Flood(), Asked(url), []
    await asked.answer(page)
    tasks = [asyncio.create_task(flood.run(url, flood_with)) for _ in range(CONNECTIONS)]
    await asyncio.sleep(0.5)
    for _ in range(LOOKS):
        await asyncio.sleep(0.02)
        before = flood.answers
        await asked.answer(page)
        found.append(flood.answers - before)
    flood.goes_on = False
    await asyncio.gather(*tasks)
    asked.close()
    return found


def test_a_page_waits_for_few_requests_of_a_company_that_floods(engine, new_register, folder):
    keys = {}
    with GatewayProcess(new_register(engine), folder) as gateway:
        for name, clients in (("busy", 60), ("quiet", 30)):
            named = ("--company", name, "--email", "a@x.example", "--password", "Secret123")
            keys[name] = CommandLine(gateway.database_url, folder)("bootstrap", *named)
            with httpx.Client(base_url=gateway.url, headers={"X-API-TOKEN": keys[name]}, timeout=60) as client:
                for number in range(clients):
                    assert client.post("/api/v1/clients", json={"name": f"Company {number}"}).status_code == 200
        page = "/api/clients?limit=25"
        for flood in (page, f"{page}&search=company"):
            found = asyncio.run(overtaken(gateway.url, get(flood, keys["busy"]), get(page, keys["quiet"])))
            # Without turns all the others' requests that are under way are answered first, which is 12 to 16.
            assert median(found) <= 3, (flood, sorted(found))


def test_the_companies_of_one_node_leave_a_place_for_those_of_another():
    nodes = {1: "a", 2: "a", 3: "b"}
    assert asyncio.run(begun_at_once(nodes, requests=[1, 1, 2, 2, 3])) == [1, 2, 3, 1]


async def begun_at_once(nodes: dict[int, str], requests: list[int]) -> list[int]:
    """Of these requests of companies, those that have begun while none of them ends; all of them end afterwards."""
    shares, begun, may_end = FairShares(2, node_of=nodes.__getitem__, most_of_node=3), list[int](), asyncio.Event()

    async def work(company_id: int) -> None:
        begun.append(company_id)
        await may_end.wait()

    tasks = [asyncio.create_task(shares.run(each, partial(work, each))) for each in requests]
    for _ in range(100):  # rounds of the event loop, many more than a turn takes
        await asyncio.sleep(0)
    at_once = begun[:]
    may_end.set()
    await asyncio.gather(*tasks)
    assert sorted(begun) == sorted(requests)
    return at_once
