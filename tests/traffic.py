"""Callers of both dialects who notice everything: nothing is sent twice, no connection looked at before it is used."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4


@dataclass
class Traffic:
    """Callers of both dialects, with connections that they keep and with new ones, until the block ends."""

    port: int
    key: str
    longest: float = 0.0  # seconds that a request took
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def flowing(self) -> Iterator[None]:
        kinds = [(prefix, keeps) for prefix in ("/api", "/api/v1") for keeps in (True, True, False)]
        with ThreadPoolExecutor(len(kinds)) as pool:
            callers = [pool.submit(self._call, *kind) for kind in kinds]
            try:
                yield
            finally:
                self._is_over.set()
        for caller in callers:
            caller.result()

    def _call(self, prefix: str, keeps: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = (
            headers_of(prefix, self.key)
            | {"Content-Type": "application/json"}
            | ({} if keeps else {"Connection": "close"})
        )
        ask = partial(self._exchange, connection, headers)
        client_id = ""
        while not self._is_over.is_set():
            if made := ask("POST", f"{prefix}/clients", _new_client(prefix)):
                client_id = json.loads(made)["data"]["id"]
            ask("GET", f"{prefix}/clients")
            if client_id:
                ask("GET", f"{prefix}/clients/{client_id}")
            time.sleep(0.01)
        connection.close()

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        headers: dict[str, str],
        method: str,
        path: str,
        body: str | None = None,
    ) -> bytes:
        """The content of a good answer; nothing if there was none."""
        began = time.monotonic()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(f"{method} {path}, connection {headers.get('Connection', 'kept')}: {error!r}")
            connection.close()
            return b""
        self.statuses[answer.status] += 1
        self.longest = max(self.longest, time.monotonic() - began)
        return content if answer.status < 300 else b""


def headers_of(prefix: str, key: str) -> dict[str, str]:
    """How a key is sent to a dialect."""
    return {"Authorization": f"Bearer {key}"} if prefix == "/api" else {"X-API-TOKEN": key}


def _new_client(prefix: str) -> str:
    unique = f"{uuid4()}@acme.example"
    return json.dumps(
        {"first_name": "Jane", "last_name": "Doe", "email": unique} if prefix == "/api" else {"name": unique}
    )
