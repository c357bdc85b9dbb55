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
    """Send requests for so many seconds, and on a busy machine until there were 25 for each of them.

    Return how many were answered with 200, and everything that went wrong.
    """
    began, good, wrong = time.monotonic(), [], []

    def goes_on() -> bool:
        taken = time.monotonic() - began
        return taken < seconds or (len(good) <= 25 * seconds and not wrong and taken < 60)

    def one() -> None:
        # A mirror gives up a silent gateway after ten seconds: nobody may have waited for that.
        with httpx.Client(base_url=url, headers=LEGACY, timeout=9) as http:
            while goes_on():
                try:
                    status = http.get("/api/clients/4").status_code
                except httpx.HTTPError as error:
                    wrong.append(error)
                else:
                    (good if status == 200 else wrong).append(status)

    with ThreadPoolExecutor(at_once) as pool:
        for each in [pool.submit(one) for _ in range(at_once)]:
            each.result()
    return len(good), wrong
