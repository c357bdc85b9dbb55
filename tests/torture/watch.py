"""A client of the gateway that writes and reads without pause, and records when it was answered."""

import itertools
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx
from hashids import Hashids

from core.access import companies
from core.database.database import Database
from tests.process import GatewayProcess
from tests.torture.campaign import new_key

_CODEC = Hashids(min_length=10)
_NUMBER = 99  # the name of the company, different from those of the campaign
_PAUSE = 0.1
_PAGE = 500


class Watch:
    """Creates a client and lists some, ten times a second each, for a company of its own; new clients cause a mail.

    `arrange` is called with a connection and the company's id before.
    """

    def __init__(self, gateway: GatewayProcess, arrange: Callable[[Any, int], None]) -> None:
        def prepared(connection: Any) -> str:
            key = new_key(connection, _NUMBER)
            arrange(connection, companies.find(connection, f"Company {_NUMBER}"))
            return key

        with closing(Database(gateway.database_url, threads=1)) as database:
            key = database.write_now(prepared)
        headers = {"X-API-TOKEN": key, "Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=gateway.url, headers=headers, timeout=30)
        self._answered = {"POST": [time.monotonic()], "GET": [time.monotonic()]}
        self._made: list[int] = []
        self.refused: list[str] = []
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=act, daemon=True) for act in (self._write, self._read)]

    def __enter__(self) -> "Watch":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()
        self._http.close()

    def stop(self) -> list[int]:
        """Stop the requests. Return the ids of the acknowledged clients."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(60)
        return self._made

    def longest_gap(self, method: str, since: float) -> tuple[float, float]:
        """Return the beginning and end of the longest time without a good answer that ended after `since`."""
        found = self._answered[method]
        pairs = [pair for pair in itertools.pairwise(found) if pair[1] > since]
        return max(pairs, key=lambda pair: pair[1] - pair[0])

    def shown(self) -> tuple[list[int], list[str]]:
        """Return the ids and the numbers of all clients of the company."""
        ids, numbers = [], []
        for page in itertools.count(1):
            answer = self._http.get("/api/v1/clients", params={"per_page": _PAGE, "page": page})
            assert answer.status_code == 200, answer.text
            found = answer.json()["data"]
            ids += [_CODEC.decode(each["id"])[0] for each in found]
            numbers += [each["number"] for each in found]
            if len(found) < _PAGE:
                break
        return ids, numbers

    def _write(self) -> None:
        for n in itertools.count():
            if self._stopped.wait(_PAUSE):
                return
            email = f"{n}@watch.example"  # another name each time, because an unanswered request may have been done
            body = {"first_name": "Jane", "last_name": "Doe", "email": email, "send_email": "yes"}
            answer = self._good_answer("POST", "/api/clients", json=body)
            if answer is not None:
                self._made.append(answer.json()["data"]["id"])

    def _read(self) -> None:
        while not self._stopped.wait(_PAUSE):
            self._good_answer("GET", "/api/v1/clients")

    def _good_answer(self, method: str, path: str, **named: Any) -> httpx.Response | None:
        """Return a good answer, or None."""
        try:
            answer = self._http.request(method, path, **named)
        except httpx.TransportError:
            return None
        if answer.is_success:
            self._answered[method].append(time.monotonic())
            return answer
        if answer.status_code != 503:
            self.refused.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return None
