"""The old system and the new one of a mirror, with the same clients."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from tests.gateway.command_line import CommandLine
from tests.process import GatewayProcess

KEY = "a-key-of-Acme"
V1, LEGACY = {"X-API-TOKEN": KEY}, {"Authorization": f"Bearer {KEY}"}
PUBLIC_URL = "http://gateway.example"


@dataclass
class Pair:
    """The old system, which is a gateway too, and the new one, with the same clients."""

    old: GatewayProcess
    new: GatewayProcess
    cli: CommandLine


ROWS = [f"{number},Client {number},c{number}@x.example" for number in range(1, 21)]


def send(url: str, path: str, headers: dict[str, str], method: str = "GET", **more: object) -> httpx.Response:
    with httpx.Client(timeout=30) as http:
        return http.request(method, url + path, headers=headers, **more)


def load(url: str, seconds: float, at_once: int = 4) -> tuple[int, list[object]]:
    """Send requests for so many seconds. Return how many were answered with 200, and everything that went wrong."""
    ends, wrong = time.monotonic() + seconds, []

    def one() -> int:
        made = 0
        with httpx.Client(base_url=url, headers=LEGACY, timeout=5) as http:
            while time.monotonic() < ends:
                try:
                    status = http.get("/api/clients/4").status_code
                except httpx.HTTPError as error:
                    wrong.append(error)
                else:
                    made += status == 200
                    wrong.extend([status] if status != 200 else [])
        return made

    with ThreadPoolExecutor(at_once) as pool:
        return sum(each.result() for each in [pool.submit(one) for _ in range(at_once)]), wrong
