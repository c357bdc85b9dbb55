"""A client of the gateway that writes without pause through both dialects and keeps a journal of it."""

import random
import threading
from collections.abc import Callable
from dataclasses import replace

import httpx
from hashids import Hashids

from tests.torture.journal import Seen, State, digest

PASSWORD = "Secret123"
_CODEC = Hashids(min_length=10)
_MAX_CLIENTS = 8
_MAX_DOCUMENTS = 4
_LARGE = 5 * 1024 * 1024 + 4096  # stored in parts

Step = tuple[State, Callable[[], httpx.Response]]


class Writer:
    """Writes to a company of its own.

    `state` is what was acknowledged last, `pending` the write in progress, if any. Its choices are seeded, so a seed
    repeats a run except for the moments of its faults.
    """

    def __init__(self, url: str, key: str, seed: int) -> None:
        self.url, self.key = url, key
        self.state: State = {}
        self.pending: State | None = None
        self.ids: dict[str, int] = {}
        self.acknowledged = 0
        self.refused: list[str] = []
        self._random = random.Random(seed)
        self._count = 0
        self._stop = threading.Event()
        self._thread = threading.Thread()

    def start(self) -> None:
        """Write until stopped or until an answer does not arrive."""
        self._stop.clear()
        self.pending = None
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Wait until the write in progress ends, successfully or not."""
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive(), "a write never ends"

    def _write(self) -> None:
        headers = {"X-API-TOKEN": self.key, "Authorization": f"Bearer {self.key}", "X-API-PASSWORD": PASSWORD}
        with httpx.Client(base_url=self.url, headers=headers, timeout=45) as http:
            while not self._stop.is_set():
                self.pending, send = self._next(http)
                try:
                    answer = send()
                except httpx.TransportError:
                    return
                if answer.status_code in (503, 507):
                    return
                if not answer.is_success:
                    self.refused.append(f"{answer.request.method} {answer.request.url.path}: {answer.text[:300]}")
                    return
                self.state, self.pending = self.pending, None
                self.acknowledged += 1

    def _next(self, http: httpx.Client) -> Step:
        living = [name for name, seen in self.state.items() if not seen.deleted]
        if len(living) < 2:
            return self._create(http)
        steps = [self._update, self._update, self._tag, self._upload, self._upload, self._hide, self._restore]
        steps += [self._purge, self._merge] if len(self.state) >= _MAX_CLIENTS else [self._create, self._create]
        return self._random.choice(steps)(http)

    def _value(self) -> str:
        self._count += 1
        return f"value {self._count}"

    def _living(self) -> str:
        return self._random.choice([name for name, seen in self.state.items() if not seen.deleted])

    def _v1(self, name: str, rest: str = "") -> str:
        return f"/api/v1/clients/{_CODEC.encode(self.ids[name])}{rest}"

    def _create(self, http: httpx.Client) -> Step:
        value = self._value()
        name = f"Client {self._count}"
        emails = [f"{self.key}-{self._count}-{n}@acme.example".lower() for n in range(2)]
        legacy = self._random.random() < 0.5
        made = Seen((value,) * 3, frozenset(emails[:1] if legacy else emails), frozenset([value] if legacy else []))

        def send() -> httpx.Response:
            if legacy:
                names = {"first_name": "Jane", "last_name": "Doe", "email": emails[0], "client_company_name": name}
                body = names | self._body_of_api(value) | {"tags": [value], "send_email": "yes"}
                answer = http.post("/api/clients", json=body)
            else:
                contacts = [{"first_name": value, "email": email} for email in emails]
                answer = http.post(
                    "/api/v1/clients", json=self._body_of_v1(value) | {"name": name, "contacts": contacts}
                )
            if answer.is_success:
                shown = answer.json()["data"]["id"]
                self.ids[name] = shown if legacy else _CODEC.decode(shown)[0]
            return answer

        return self.state | {name: made}, send

    def _body_of_api(self, value: str) -> dict[str, str]:
        return {"client_description": value, "client_billing_city": value, "client_phone": value}

    def _body_of_v1(self, value: str) -> dict[str, str]:
        return {"private_notes": value, "city": value, "phone": value}

    def _update(self, http: httpx.Client) -> Step:
        name, value = self._living(), self._value()
        after = self.state | {name: self.state[name].written(value)}
        if self._random.random() < 0.5:
            body = self._body_of_api(value) | {"client_company_name": name}
            return after, lambda: http.patch(f"/api/clients/{self.ids[name]}", json=body)
        return after, lambda: http.put(self._v1(name), json=self._body_of_v1(value))

    def _tag(self, http: httpx.Client) -> Step:
        name, tags = self._living(), [self._value(), self._value()]
        after = self.state | {name: replace(self.state[name], tags=frozenset(tags))}
        return after, lambda: http.put(f"/api/clients/{self.ids[name]}/tags", json={"tags": tags})

    def _upload(self, http: httpx.Client) -> Step:
        name = self._living()
        if len(self.state[name].documents) >= _MAX_DOCUMENTS:
            return self._update(http)
        size = _LARGE if self._random.random() < 0.1 else self._random.randint(1, 200_000)
        contents = [self._random.randbytes(size), self._random.randbytes(100)]
        after = replace(self.state[name], documents=self.state[name].documents | set(map(digest, contents)))
        files = [("documents[]", (f"{n}.bin", content)) for n, content in enumerate(contents)]
        return self.state | {name: after}, lambda: http.put(self._v1(name, "/upload"), files=files)

    def _hide(self, http: httpx.Client) -> Step:
        name = self._living()
        after = self.state | {name: replace(self.state[name], deleted=True)}
        return after, lambda: http.delete(self._v1(name))

    def _restore(self, http: httpx.Client) -> Step:
        hidden = [name for name, seen in self.state.items() if seen.deleted]
        if not hidden:
            return self._update(http)
        name = self._random.choice(hidden)
        after = self.state | {name: replace(self.state[name], deleted=False)}
        ids = [_CODEC.encode(self.ids[name])]
        return after, lambda: http.post("/api/v1/clients/bulk", json={"action": "restore", "ids": ids})

    def _purge(self, http: httpx.Client) -> Step:
        name = self._living()
        after = {other: seen for other, seen in self.state.items() if other != name}
        if self._random.random() < 0.5:
            return after, lambda: http.delete(f"/api/clients/{self.ids[name]}")
        return after, lambda: http.post(self._v1(name, "/purge"))

    def _merge(self, http: httpx.Client) -> Step:
        name = self._living()
        other = self._random.choice([each for each in self.state if each != name])
        here, there = self.state[name], self.state[other]
        merged = replace(
            here,
            emails=here.emails | there.emails,
            tags=here.tags | there.tags,
            documents=here.documents | there.documents,
        )
        after = {each: seen for each, seen in (self.state | {name: merged}).items() if each != other}
        return after, lambda: http.post(self._v1(name, f"/{_CODEC.encode(self.ids[other])}/merge"))
